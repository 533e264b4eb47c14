//! Applies a compiled map to records, one after the other.

use crate::compiled::{CompiledMap, CompiledRow, CompiledValue, Leaf, Root};
use crate::function::Compiled;
use crate::json;
use crate::source_model::Inputs;
use crate::walk::walk;
use std::borrow::Cow;

/// Why a record cannot be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFailure {
    /// It is no JSON object.
    #[error("map {map}: the record cannot be read: {detail}")]
    Unreadable {
        /// Name of the map.
        map: String,
        /// What was found instead.
        detail: String,
    },
    /// An expression failed or exceeded its bounds.
    #[error("map {map}, row {row}: `{target}`: {detail}")]
    Expression {
        /// Name of the map.
        map: String,
        /// Number of the row.
        row: usize,
        /// The target.
        target: String,
        /// Why, with advice; no values.
        detail: String,
    },
    /// A required target has no value.
    #[error("map {map}, row {row}: `{target}` is required, and `{source_path}` is {found}")]
    RequiredMissing {
        /// Name of the map.
        map: String,
        /// Number of the row, of several alternatives the last.
        row: usize,
        /// Source of the row.
        source_path: String,
        /// The target.
        target: String,
        /// `absent`, or what stands there.
        found: String,
    },
}

impl RowFailure {
    /// The reason for a reject of the record with this key.
    pub fn reason(&self, key: &str) -> String {
        format!("{self} (record {key})")
    }
}

/// What is to be said about a record that was mapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Values a function could not read, which count as absent: dates that are none.
    pub unreadable_values: u32,
}

/// What is noticed while a record is mapped.
#[derive(Debug, Default)]
struct Notes {
    applied: Applied,
    /// Row and reason of the first expression that failed.
    failure: Option<(usize, String)>,
}

/// The working memory of one map over many records of one body.
#[derive(Debug)]
pub struct Applier<'m, 'r> {
    map: &'m CompiledMap,
    slots: Vec<Option<&'r str>>,
    scratch: String,
    ranges: Vec<std::ops::Range<usize>>,
}

impl CompiledMap {
    /// Working memory for records that live as long as `'r`.
    pub fn applier<'r>(&self) -> Applier<'_, 'r> {
        Applier { map: self, slots: Vec::new(), scratch: String::new(), ranges: Vec::new() }
    }

    /// Maps one JSON object and appends the result, a JSON object on one line, to `out`.
    ///
    /// # Errors
    /// When `record` is no object or a required target has no value; `out` is then as before.
    pub fn apply_document(&self, record: &str, out: &mut String) -> Result<Applied, RowFailure> {
        let mut applier = self.applier();
        applier.read(record)?;
        applier.apply("", out)
    }
}

impl<'r> Applier<'_, 'r> {
    /// Takes up a record.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(&mut self, record: &'r str) -> Result<(), RowFailure> {
        let unreadable = |detail: String| RowFailure::Unreadable { map: self.map.name.clone(), detail };
        if !record.trim_start().starts_with('{') {
            return Err(unreadable(format!("it is {}, not an object", kind(record))));
        }
        self.map.names.read(record, &mut self.slots).map_err(|error| {
            // The error's own text may quote the record.
            unreadable(format!("not JSON at line {}, column {}", error.line(), error.column()))
        })
    }

    /// JSON text of the wire field `wire` of the record; `None` when absent, null, or not among the fields read.
    pub fn raw(&self, wire: &str) -> Option<&'r str> {
        self.slots.get(self.map.names.slot(wire)?).copied().flatten()
    }

    /// Maps the record and appends the result to `out`. `part` tells apart the records made of one row, see
    /// [`Inputs::part`].
    ///
    /// # Errors
    /// When a required target has no value; `out` is then as before.
    pub fn apply(&mut self, part: &str, out: &mut String) -> Result<Applied, RowFailure> {
        self.derive(part);
        let mut notes = Notes::default();
        let map = self.map;
        let mut values = Vec::with_capacity(map.leaves.len());
        for leaf in &map.leaves {
            let value = leaf.rows.iter().find_map(|row| self.value(row, &mut notes));
            if let Some((row, detail)) = notes.failure.take() {
                let (map, target) = (map.name.clone(), leaf.target.clone());
                return Err(RowFailure::Expression { map, row, target, detail });
            }
            if value.is_none() && leaf.required {
                return Err(self.missing(leaf));
            }
            values.push(value);
        }
        let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        if !map.tree.write(&values, out) {
            out.push_str("{}");
        }
        Ok(notes.applied)
    }

    fn derive(&mut self, part: &str) {
        self.scratch.clear();
        self.ranges.clear();
        for derived in &self.map.derived {
            let start = self.scratch.len();
            let inputs = Inputs { slots: &self.slots, reads: &derived.reads, part };
            (derived.derive)(&inputs, &mut self.scratch);
            self.ranges.push(start..self.scratch.len());
        }
    }

    fn field(&self, root: Root) -> Option<&str> {
        match root {
            Root::Wire(slot) => self.slots.get(slot).copied().flatten(),
            Root::Derived(index) => self.scratch.get(self.ranges.get(index)?.clone()),
        }
    }

    fn value<'v>(&'v self, row: &'v CompiledRow, notes: &mut Notes) -> Option<Cow<'v, str>> {
        if let Some((root, steps, present)) = &row.condition {
            let flat = crate::walk::Shape { depth: 0, flatten: true };
            let seen = self.field(*root).and_then(|raw| walk(raw, steps, flat));
            if seen.is_some_and(|raw| !json::is_blank(&raw)) != *present {
                return None;
            }
        }
        let mut value = match &row.value {
            CompiledValue::Constant(value) => Some(Cow::Borrowed(value.as_str())),
            CompiledValue::Nothing => None,
            CompiledValue::Field(root, steps, shape) => {
                self.field(*root).and_then(|raw| walk(raw, steps, *shape)).filter(|raw| !json::is_blank(raw))
            }
        };
        for function in &row.functions {
            value = match function {
                Compiled::Cel(expression, fields) => {
                    let fields: Vec<Option<&str>> = fields.iter().map(|root| self.field(*root)).collect();
                    let made = expression.evaluate(value.as_deref(), &fields);
                    made.unwrap_or_else(|detail| {
                        notes.failure.get_or_insert((row.number, detail));
                        None
                    })
                    .map(Cow::Owned)
                }
                function => function.apply(value, &mut notes.applied.unreadable_values),
            };
        }
        let default = row.default.as_deref().map(Cow::Borrowed);
        value.filter(|raw| !json::is_blank(raw)).or(default)
    }

    fn missing(&self, leaf: &Leaf) -> RowFailure {
        let (row, source_path, found) = match leaf.rows.last() {
            None => (0, String::new(), None),
            Some(row) => {
                let raw = match &row.value {
                    CompiledValue::Field(root, ..) => self.field(*root),
                    CompiledValue::Constant(_) | CompiledValue::Nothing => None,
                };
                (row.number, row.source.clone(), raw.map(shortcoming))
            }
        };
        RowFailure::RequiredMissing {
            map: self.map.name.clone(),
            row,
            source_path,
            target: leaf.target.clone(),
            found: found.unwrap_or_else(|| "absent".to_owned()),
        }
    }
}

/// What a JSON text is, without quoting it.
fn kind(raw: &str) -> &'static str {
    match raw.trim_start().as_bytes().first() {
        None => "empty",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        Some(b'"') => "a text",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        Some(_) => "a number",
    }
}

/// Why a JSON text gives no value.
fn shortcoming(raw: &str) -> String {
    match raw {
        "\"\"" => "an empty text".to_owned(),
        _ if json::is_blank(raw) => format!("{} without values", kind(raw)),
        _ => format!("{} that gives no value", kind(raw)),
    }
}
