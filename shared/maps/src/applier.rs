//! Applies a compiled map to records, one after the other.

use crate::compiled::{CompiledMap, Leaf, Root};
use crate::evaluation::{Evaluated, Record, Value, Work};
use crate::json::{self, Cut, Cutter};
use crate::slots::Shape;
use crate::source_model::Inputs;
use causeway_domain::Unreadable;
use std::cell::Cell;
use std::ops::Range;

/// Why a record cannot be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFailure {
    /// It is not a JSON object.
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
        /// `absent`, or the kind of value found.
        found: String,
    },
}

impl RowFailure {
    /// The reason for rejecting the record with this key.
    pub fn reason(&self, key: &str) -> String {
        format!("{self} (record {key})")
    }
}

/// Notes on a mapped record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Unreadable values, which count as absent: dates, addresses, and values of a kind that the target does not
    /// hold.
    pub unreadable: Unreadable,
}

/// The working memory of one map over many records of one body. Values shared by the records of a row are computed
/// once.
#[derive(Debug)]
pub struct Applier<'a> {
    map: &'a CompiledMap,
    slots: Vec<Option<Cut<'a>>>,
    shape: Shape<'a>,
    /// Derived fields, one after the other, and their ranges.
    fields: String,
    ranges: Vec<Range<usize>>,
    /// The output of functions.
    made: String,
    values: Vec<Value<'a>>,
    /// The runs of the layout that the records of a row share, and their ends.
    shared: String,
    ends: Vec<usize>,
    row: Option<Row>,
}

/// The parts of a row's result that all its records share.
#[derive(Debug)]
struct Row {
    /// Length of the shared fields and of the output of functions on them.
    kept: (usize, usize),
    applied: Applied,
    failure: Option<(usize, RowFailure)>,
}

impl CompiledMap {
    /// Working memory for records.
    pub fn applier(&self) -> Applier<'_> {
        Applier {
            map: self,
            slots: Vec::new(),
            shape: Shape::default(),
            fields: String::new(),
            ranges: vec![0..0; self.derived.len()],
            made: String::new(),
            values: vec![Value::Nothing; self.leaves.len()],
            shared: String::new(),
            ends: Vec::new(),
            row: None,
        }
    }

    /// Maps one JSON object and appends the result, a JSON object on one line, to `out`.
    ///
    /// # Errors
    /// When `record` is not an object or a required target has no value; `out` is then unchanged.
    pub fn apply_document(&self, record: &str, out: &mut String) -> Result<Applied, RowFailure> {
        let mut applier = self.applier();
        applier.read(record)?;
        applier.apply("", out)
    }
}

impl<'a> Applier<'a> {
    /// Reads a row.
    ///
    /// # Errors
    /// When it is not a JSON object.
    pub fn read(&mut self, record: &'a str) -> Result<(), RowFailure> {
        self.row = None;
        let unreadable = |detail: String| RowFailure::Unreadable { map: self.map.name.clone(), detail };
        if !record.trim_start().starts_with('{') {
            return Err(unreadable(format!("it is {}, not an object", kind(record))));
        }
        self.map.names.read(record, &mut self.slots, &mut self.shape).map_err(|error| {
            // The error's own text may quote the record.
            unreadable(format!("not JSON at line {}, column {}", error.line(), error.column()))
        })
    }

    /// Reads the row at the position of `cutter` and moves past it. `None` when it cannot be cut, see [`Cutter`].
    pub fn cut(&mut self, cutter: &mut Cutter<'a>) -> Option<()> {
        self.row = None;
        self.map.names.cut(cutter, &mut self.slots, &mut self.shape)
    }

    /// JSON text of the wire field `wire` of the row; `None` when absent, null, or not among the fields read.
    pub fn raw(&self, wire: &str) -> Option<&'a str> {
        self.raw_at(self.slot(wire)?)
    }

    /// The slot of the wire field `wire`, the same for every row; for [`Self::raw_at`].
    pub fn slot(&self, wire: &str) -> Option<usize> {
        self.map.names.slot(wire)
    }

    /// [`Self::raw`] of the field whose [`Self::slot`] is known.
    #[inline]
    pub fn raw_at(&self, slot: usize) -> Option<&'a str> {
        self.slots.get(slot).copied().flatten().map(|cut| cut.text)
    }

    /// Whether the row has the field in `slot` more than once. The last one counts.
    pub fn repeats(&self, slot: usize) -> bool {
        self.shape.repeats(slot)
    }

    /// Maps the row and appends the result to `out`. `part` distinguishes the records made of one row, see
    /// [`Inputs::part`].
    ///
    /// # Errors
    /// When a required target has no value; `out` is then unchanged.
    pub fn apply(&mut self, part: &str, out: &mut String) -> Result<Applied, RowFailure> {
        let row = self.row.take().unwrap_or_else(|| self.share());
        self.fields.truncate(row.kept.0);
        self.made.truncate(row.kept.1);
        let mut applied = row.applied.clone();
        self.derive(part, true, &mut applied);
        let failure = self.evaluate(true, &mut applied);
        let row = self.row.insert(row);
        // Report the missing target that comes first in the map, as if all had been evaluated in order.
        let failures = [failure, row.failure.clone()].into_iter().flatten();
        if let Some((_, failure)) = failures.min_by_key(|(leaf, _)| *leaf) {
            return Err(failure);
        }
        let values = Evaluated { values: &self.values, fields: &self.fields, made: &self.made };
        self.map.layout.write(&values, &self.shared, &self.ends, out);
        Ok(applied)
    }

    /// Evaluates everything that does not depend on the part.
    fn share(&mut self) -> Row {
        self.fields.clear();
        self.made.clear();
        self.shared.clear();
        self.ends.clear();
        let mut applied = Applied::default();
        self.derive("", false, &mut applied);
        let failure = self.evaluate(false, &mut applied);
        let values = Evaluated { values: &self.values, fields: &self.fields, made: &self.made };
        self.map.layout.write_shared(&values, &mut self.shared, &mut self.ends);
        Row { kept: (self.fields.len(), self.made.len()), applied, failure }
    }

    /// Computes the derived fields whose `per_part` is as given.
    fn derive(&mut self, part: &str, per_part: bool, applied: &mut Applied) {
        let unreadable = Cell::new(0);
        for (index, (derived, range)) in self.map.derived.iter().zip(&mut self.ranges).enumerate() {
            if derived.per_part == per_part {
                let start = self.fields.len();
                let inputs =
                    Inputs { slots: &self.slots, reads: &derived.reads, part, unreadable: &unreadable };
                (derived.derive)(&inputs, &mut self.fields);
                *range = start..self.fields.len();
                if unreadable.get() > 0 {
                    let field = self.map.wire_field(Root::Derived(index)).unwrap_or_default();
                    applied.unreadable.count_once(field, u64::from(unreadable.take()));
                }
            }
        }
    }

    /// Evaluates the leaves whose `per_part` is as given. Returns the first required leaf without a value.
    fn evaluate(&mut self, per_part: bool, applied: &mut Applied) -> Option<(usize, RowFailure)> {
        let record = Record { slots: &self.slots, fields: &self.fields, ranges: &self.ranges };
        let mut work =
            Work { made: &mut self.made, unreadable: 0, unread: &mut applied.unreadable, failure: None };
        let mut found = None;
        for ((number, leaf), place) in self.map.leaves.iter().enumerate().zip(&mut self.values) {
            if leaf.per_part != per_part {
                continue;
            }
            *place = record.value_of(leaf, &mut work);
            if let Some((row, detail)) = work.failure.take() {
                let (map, target) = (self.map.name.clone(), leaf.target.clone());
                found = Some((number, RowFailure::Expression { map, row, target, detail }));
            } else if leaf.required && matches!(place, Value::Nothing) {
                found = Some((number, self.map.missing(leaf, &record)));
            }
            if found.is_some() {
                break;
            }
        }
        found
    }
}

impl CompiledMap {
    fn missing(&self, leaf: &Leaf, record: &Record<'_, '_>) -> RowFailure {
        let (row, source_path, found) = match leaf.rows.last() {
            None => (0, String::new(), None),
            Some(row) => (row.number, row.source.clone(), record.source_of(row).map(shortcoming)),
        };
        RowFailure::RequiredMissing {
            map: self.name.clone(),
            row,
            source_path,
            target: leaf.target.clone(),
            found: found.unwrap_or_else(|| "absent".to_owned()),
        }
    }
}

/// The kind of a JSON text, without quoting it.
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
