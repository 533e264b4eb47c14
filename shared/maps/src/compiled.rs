//! Compilation of a map: resolves every field in the source model and gives every target its place.

use crate::definition::{Condition, MapDefinition, Row, RowValue};
use crate::function::{Choice, Compiled, Function};
use crate::json;
use crate::kind::Kind;
use crate::lookup::Lookup;
use crate::mistake::{MapErrors, Mistakes, did_you_mean};
use crate::overrides::Overrides;
use crate::path::{SourcePath, Step};
use crate::reader;
use crate::slots::Names;
use crate::source_model::{Derive, SourceModel};
use crate::target_model::TargetModel;
use crate::tree::{Layout, Node};
use crate::walk::Shape;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A map that can be applied. An edited map is as fast as a shipped one, because both are compiled in the
/// same way.
#[derive(Debug)]
pub struct CompiledMap {
    pub(crate) name: String,
    pub(crate) names: Names,
    pub(crate) derived: Vec<DerivedField>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) layout: Layout,
    required_by: Vec<(usize, String)>,
}

/// A field that is derived, not copied.
pub(crate) struct DerivedField {
    name: String,
    pub(crate) reads: Vec<usize>,
    pub(crate) derive: Derive,
    pub(crate) per_part: bool,
}

/// Location of a value in a record that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    Wire(usize),
    Derived(usize),
}

/// One target with its alternatives.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) target: String,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    /// Whether it may differ between the records of one row.
    pub(crate) per_part: bool,
    /// The slot to copy, if its only row is a plain copy.
    pub(crate) copied: Option<usize>,
    pub(crate) rows: Vec<CompiledRow>,
}

#[derive(Debug)]
pub(crate) struct CompiledRow {
    pub(crate) number: usize,
    pub(crate) source: String,
    /// The first wire field that it reads, or the target if it reads none.
    pub(crate) field: String,
    pub(crate) value: CompiledValue,
    pub(crate) functions: Vec<Compiled>,
    pub(crate) default: Option<String>,
    pub(crate) condition: Option<(Root, Vec<Step>, bool)>,
}

impl CompiledRow {
    /// The slot to copy, if the row is a plain copy.
    fn copied(&self) -> Option<usize> {
        let more = !self.functions.is_empty() || self.default.is_some() || self.condition.is_some();
        match &self.value {
            CompiledValue::Field(Root::Wire(slot), steps, _) if steps.is_empty() && !more => Some(*slot),
            _ => None,
        }
    }

    /// Source of the row's value.
    fn roots(&self) -> impl Iterator<Item = Root> {
        let source = match &self.value {
            CompiledValue::Field(root, ..) => Some(*root),
            CompiledValue::Constant(_) | CompiledValue::Nothing => None,
        };
        let expressions = self.functions.iter().filter_map(|function| match function {
            Compiled::Cel(_, fields) => Some(fields),
            _ => None,
        });
        source.into_iter().chain(expressions.flatten().copied())
    }
}

#[derive(Debug)]
pub(crate) enum CompiledValue {
    /// The source as written in the map.
    Constant(String),
    Field(Root, Vec<Step>, Shape),
    /// No source: the first function is an expression.
    Nothing,
}

impl CompiledMap {
    /// Reads, checks and compiles a map file, and reports all its mistakes at once.
    ///
    /// # Errors
    /// Mistakes of form, as [`MapDefinition::parse`], and of content, as [`CompiledMap::compile`].
    pub fn load(
        file: &str,
        text: &str,
        source: &dyn SourceModel,
        targets: &TargetModel,
        overrides: &Overrides,
    ) -> Result<Self, MapErrors> {
        let mut mistakes = Mistakes::in_text(text);
        let definition = reader::read(file, text, &mut mistakes);
        let compiled = Compiler::new(source, targets, overrides, &mut mistakes).compile(&definition);
        mistakes.into_result(file).map(|()| compiled)
    }

    /// Checks `definition` against the source and target models, and compiles it.
    ///
    /// # Errors
    /// Unknown source fields and targets, conflicting targets, required targets without a row.
    pub fn compile(
        definition: &MapDefinition,
        source: &dyn SourceModel,
        targets: &TargetModel,
        overrides: &Overrides,
    ) -> Result<Self, MapErrors> {
        let mut mistakes = Mistakes::in_text("");
        let compiled = Compiler::new(source, targets, overrides, &mut mistakes).compile(definition);
        mistakes.into_result(&definition.file).map(|()| compiled)
    }

    /// The first wire field that `root` is made of.
    pub(crate) fn wire_field(&self, root: Root) -> Option<&str> {
        let slot = match root {
            Root::Wire(slot) => slot,
            Root::Derived(index) => *self.derived.get(index)?.reads.first()?,
        };
        self.names.as_slice().get(slot).map(String::as_str)
    }

    /// The map's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Wire names the map reads, including those the model always reads.
    pub fn wire_fields(&self) -> &[String] {
        self.names.as_slice()
    }

    /// The required target that depends on the wire field `wire`, if there is one.
    pub fn required_by(&self, wire: &str) -> Option<&str> {
        let slot = self.names.slot(wire)?;
        self.required_by.iter().find(|(needed, _)| *needed == slot).map(|(_, target)| target.as_str())
    }
}

impl fmt::Debug for DerivedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedField").field("name", &self.name).field("reads", &self.reads).finish()
    }
}

struct Compiler<'c> {
    source: &'c dyn SourceModel,
    targets: &'c TargetModel,
    overrides: &'c Overrides,
    mistakes: &'c mut Mistakes,
    names: Names,
    derived: Vec<DerivedField>,
    /// Tables with the connection's replacements, each built once however many rows name it.
    tables: BTreeMap<String, Arc<Lookup>>,
}

impl<'c> Compiler<'c> {
    fn new(
        source: &'c dyn SourceModel,
        targets: &'c TargetModel,
        overrides: &'c Overrides,
        mistakes: &'c mut Mistakes,
    ) -> Self {
        let mut names = Names::default();
        for wire in source.always_read() {
            names.intern(wire);
        }
        Self { source, targets, overrides, mistakes, names, derived: Vec::new(), tables: BTreeMap::new() }
    }

    fn compile(mut self, definition: &MapDefinition) -> CompiledMap {
        let mut leaves: Vec<Leaf> = Vec::new();
        let mut tree = Node::root();
        for row in &definition.rows {
            let target = row.target.canonical();
            self.check_target(row, &target);
            let required = row.required || self.targets.required().contains(&target.as_str());
            let compiled = self.row(row, definition);
            let known = leaves.iter().position(|leaf| leaf.target == target);
            if let Some(leaf) = known.and_then(|index| leaves.get_mut(index)) {
                leaf.required |= required;
                leaf.rows.extend(compiled);
            } else {
                if let Err(wrong) = tree.insert(&row.target.segments, leaves.len()) {
                    let message = format!("{:?}: {wrong}", row.target.text);
                    self.mistakes.add_at_line(row.line, Some(row.number), "target", message);
                }
                leaves.push(Leaf {
                    kind: self.targets.kind(&target),
                    target,
                    required,
                    per_part: false,
                    copied: None,
                    rows: compiled.into_iter().collect(),
                });
            }
        }
        self.check_required(&leaves);
        let required_by = self.required_by(&leaves);
        for leaf in &mut leaves {
            leaf.per_part = leaf.rows.iter().any(|row| self.is_per_part(row));
            leaf.copied = if let [row] = leaf.rows.as_slice() { row.copied() } else { None };
        }
        for row in leaves.iter_mut().flat_map(|leaf| &mut leaf.rows) {
            let slot = row.roots().next().and_then(|root| self.slots_of(root).first().copied());
            if let Some(field) = slot.and_then(|slot| self.names.as_slice().get(slot)) {
                row.field.clone_from(field);
            }
        }
        let layout = Layout::new(tree, |leaf| leaves.get(leaf).is_some_and(|leaf| leaf.per_part));
        let Self { names, derived, .. } = self;
        CompiledMap { name: definition.name.clone(), names, derived, leaves, layout, required_by }
    }

    fn check_target(&mut self, row: &Row, target: &str) {
        if self.targets.allows(target) {
            return;
        }
        let known = self.targets.known();
        let hint = did_you_mean(target, known.iter().copied());
        let message = format!(
            "{:?} is not a target{hint}; allowed are {}, customConnectorAttributes.NAME",
            row.target.text,
            known.join(", ")
        );
        self.mistakes.add_at_line(row.line, Some(row.number), "target", message);
    }

    fn check_required(&mut self, leaves: &[Leaf]) {
        for target in self.targets.required() {
            if !leaves.iter().any(|leaf| leaf.target == *target) {
                let message = format!("no row writes `{target}`, which every record needs");
                self.mistakes.add_at_line(1, None, "row", message);
            }
        }
    }

    fn row(&mut self, row: &Row, definition: &MapDefinition) -> Option<CompiledRow> {
        let condition = match &row.condition {
            Some(Condition { source, present }) => {
                let key = if *present { "when_present" } else { "when_absent" };
                Some((self.root(row, key, source)?, source.steps.clone(), *present))
            }
            None => None,
        };
        let (source, value) = match &row.value {
            RowValue::Constant(value) => {
                let mut written = String::new();
                json::push_raw(&mut written, value);
                (String::new(), CompiledValue::Constant(written))
            }
            RowValue::Expression => (String::new(), CompiledValue::Nothing),
            RowValue::Source(path) => {
                let depth = row.target.segments.iter().filter(|segment| segment.list).count();
                let ends_in_list = row.target.segments.last().is_some_and(|segment| segment.list);
                let shape = Shape { depth, flatten: depth == 0 || ends_in_list };
                let root = self.root(row, "source", path)?;
                (path.text.clone(), CompiledValue::Field(root, path.steps.clone(), shape))
            }
        };
        let mut functions = Vec::new();
        for function in &row.functions {
            self.function(row, function, definition).push(&mut functions);
        }
        let default = row.default.clone();
        let field = row.target.canonical();
        Some(CompiledRow { number: row.number, source, field, value, functions, default, condition })
    }

    fn root(&mut self, row: &Row, key: &str, path: &SourcePath) -> Option<Root> {
        let Some(field) = self.source.field(&path.root) else {
            let names = self.source.names();
            let hint = did_you_mean(&path.root, names.iter().map(AsRef::as_ref));
            let message = format!("{:?}: the source has no field `{}`{hint}", path.text, path.root);
            self.mistakes.add_at_line(row.line, Some(row.number), key, message);
            return None;
        };
        let reads: Vec<usize> = field.reads.iter().map(|wire| self.names.intern(wire)).collect();
        let Some(derive) = field.derive else { return reads.first().map(|slot| Root::Wire(*slot)) };
        let known = self.derived.iter().position(|derived| derived.name == path.root);
        Some(Root::Derived(known.unwrap_or_else(|| {
            self.derived.push(DerivedField {
                name: path.root.clone(),
                reads,
                derive,
                per_part: field.per_part,
            });
            self.derived.len() - 1
        })))
    }

    fn function(&mut self, row: &Row, function: &Function, definition: &MapDefinition) -> Compiled {
        match function {
            Function::Cel(expression) => {
                let fields = expression.fields().iter().filter_map(|name| {
                    let path = SourcePath { text: name.clone(), root: name.clone(), steps: Vec::new() };
                    self.root(row, "functions", &path)
                });
                let fields = fields.collect();
                Compiled::Cel(expression.clone(), fields)
            }
            Function::Lookup(table) => {
                let overrides = self.overrides;
                let compiled = self.tables.entry(table.clone()).or_insert_with(|| {
                    let written = definition.lookups.get(table).cloned().unwrap_or_default();
                    Arc::new(overrides.apply(table, written))
                });
                Compiled::Lookup(Arc::clone(compiled))
            }
            Function::DateFormat => Compiled::DateFormat,
            Function::First => Compiled::Choose(Choice::First),
            Function::Min => Compiled::Choose(Choice::Min),
            Function::Max => Compiled::Choose(Choice::Max),
            Function::Join(between) => Compiled::Join(between.clone()),
        }
    }

    /// A required target needs a wire field if all its alternatives read the field.
    fn required_by(&self, leaves: &[Leaf]) -> Vec<(usize, String)> {
        let mut needed = Vec::new();
        for leaf in leaves.iter().filter(|leaf| leaf.required) {
            let mut alternatives = leaf.rows.iter().map(|row| self.reads(row));
            let Some(first) = alternatives.next() else { continue };
            let rest: Vec<Vec<usize>> = alternatives.collect();
            let common = first.into_iter().filter(|slot| rest.iter().all(|reads| reads.contains(slot)));
            needed.extend(common.map(|slot| (slot, leaf.target.clone())));
        }
        needed
    }

    fn reads(&self, row: &CompiledRow) -> Vec<usize> {
        if row.default.is_some() {
            return Vec::new();
        }
        row.roots().flat_map(|root| self.slots_of(root)).collect()
    }

    fn is_per_part(&self, row: &CompiledRow) -> bool {
        let condition = row.condition.iter().map(|(root, ..)| *root);
        row.roots().chain(condition).any(|root| match root {
            Root::Wire(_) => false,
            Root::Derived(index) => self.derived.get(index).is_some_and(|derived| derived.per_part),
        })
    }

    fn slots_of(&self, root: Root) -> Vec<usize> {
        match root {
            Root::Wire(slot) => vec![slot],
            Root::Derived(index) => {
                self.derived.get(index).map(|derived| derived.reads.clone()).unwrap_or_default()
            }
        }
    }
}
