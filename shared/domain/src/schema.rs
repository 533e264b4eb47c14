//! The fields of a vendor's records as a run saw them, and how they differ from those of the run before.
//!
//! Only a sample is looked at, so a field that few records fill may be missing from it by chance. A difference is
//! therefore told only if chance explains it in less than one of a thousand cases.

use crate::{RunId, Stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Rows of a page that are looked at: enough to see a field of every other record, few enough to cost nothing.
pub const SAMPLED_ROWS: usize = 16;

/// Pages of a stream, spread over the run, whose sample is kept.
pub const SAMPLED_PAGES: u32 = 64;

/// Fields kept of a stream; more are left out.
const MOST_FIELDS: usize = 1_000;

/// A difference that chance alone makes more often is not told.
const CHANCE: f64 = 0.001;

/// What a value of a record is. Null, an empty text and an empty list are no value, as in maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// A text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An object.
    Object,
    /// A list whose first value is a text.
    Texts,
    /// A list whose first value is a number.
    Numbers,
    /// A list whose first value is an object.
    Objects,
    /// Another list.
    List,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "true or false",
            Self::Object => "object",
            Self::Texts => "list of texts",
            Self::Numbers => "list of numbers",
            Self::Objects => "list of objects",
            Self::List => "list",
        })
    }
}

/// The fields of some rows of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldsSeen {
    /// Rows looked at.
    pub rows: u64,
    /// By name on the wire: how many of the rows had a value of which type; none for a field that was always null.
    pub fields: BTreeMap<String, BTreeMap<ValueType, u64>>,
}

impl FieldsSeen {
    /// Looks at one row, a JSON object; anything else has no fields.
    pub fn observe(&mut self, row: &str) {
        let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(row) else { return };
        self.rows += 1;
        for (name, value) in fields {
            let Some(types) = self.types_of(&name) else { continue };
            if let Some(value) = type_of(value.get()) {
                *types.entry(value).or_default() += 1;
            }
        }
    }

    /// Adds what another page showed.
    pub fn absorb(&mut self, other: &Self) {
        self.rows += other.rows;
        for (name, seen) in &other.fields {
            let Some(types) = self.types_of(name) else { continue };
            for (value, count) in seen {
                *types.entry(*value).or_default() += count;
            }
        }
    }

    fn types_of(&mut self, name: &str) -> Option<&mut BTreeMap<ValueType, u64>> {
        if !self.fields.contains_key(name) {
            if self.fields.len() >= MOST_FIELDS {
                return None;
            }
            self.fields.insert(name.to_owned(), BTreeMap::new());
        }
        self.fields.get_mut(name)
    }

    /// How `self` differs from what was seen `before`, by field.
    pub fn changes_since(&self, before: &Self) -> Vec<(String, FieldChange)> {
        let mut names: Vec<&String> = before.fields.keys().chain(self.fields.keys()).collect();
        names.sort();
        names.dedup();
        let changed = |name: &String| Some((name.clone(), self.change_of(before, name)?));
        names.into_iter().filter_map(changed).collect()
    }

    fn change_of(&self, before: &Self, name: &str) -> Option<FieldChange> {
        let (then, now) = (before.values_of(name), self.values_of(name));
        let (had, has) = (then.values().sum(), now.values().sum());
        if had == 0 && has == 0 {
            return None;
        }
        let types = |seen: &BTreeMap<ValueType, u64>| seen.keys().copied().collect::<Vec<_>>();
        if had == 0 {
            return shows(has, self.rows, before.rows).then(|| FieldChange::Appeared { types: types(&now) });
        }
        if has == 0 {
            return shows(had, before.rows, self.rows).then(|| FieldChange::Vanished { types: types(&then) });
        }
        let fresh = |(value, count): (&ValueType, &u64)| {
            !then.contains_key(value) && shows(*count, self.rows, before.rows)
        };
        now.iter().any(fresh).then(|| FieldChange::Retyped { from: types(&then), to: types(&now) })
    }

    fn values_of(&self, name: &str) -> BTreeMap<ValueType, u64> {
        self.fields.get(name).cloned().unwrap_or_default()
    }
}

/// Whether what `count` of `rows` rows had would have shown in `others` rows as well, were it as frequent there.
fn shows(count: u64, rows: u64, others: u64) -> bool {
    let share = count as f64 / (rows + 1) as f64;
    let exponent = i32::try_from(others).unwrap_or(i32::MAX);
    (1.0 - share).powi(exponent) < CHANCE
}

/// The type of a JSON text; `None` for what is no value.
fn type_of(raw: &str) -> Option<ValueType> {
    let raw = raw.trim_start();
    match raw.as_bytes().first()? {
        b'"' => (raw != "\"\"").then_some(ValueType::Text),
        b'{' => Some(ValueType::Object),
        b't' | b'f' => Some(ValueType::Boolean),
        b'n' => None,
        b'[' => {
            let values: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            values.iter().find_map(|value| list_of(value.get()))
        }
        _ => Some(ValueType::Number),
    }
}

/// What a list is whose first value is this JSON text. A list within a list is not looked into: it may be nested at will.
fn list_of(raw: &str) -> Option<ValueType> {
    match raw.trim_start().as_bytes().first()? {
        b'[' => Some(ValueType::List),
        _ => type_of(raw).map(|value| match value {
            ValueType::Text => ValueType::Texts,
            ValueType::Number => ValueType::Numbers,
            ValueType::Object => ValueType::Objects,
            _ => ValueType::List,
        }),
    }
}

/// How a field changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum FieldChange {
    /// No record had a value before.
    Appeared {
        /// What it holds.
        types: Vec<ValueType>,
    },
    /// No record has a value any more.
    Vanished {
        /// What it held.
        types: Vec<ValueType>,
    },
    /// Its values have a type that they did not have before.
    Retyped {
        /// Types before.
        from: Vec<ValueType>,
        /// Types now.
        to: Vec<ValueType>,
    },
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words =
            |types: &[ValueType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Appeared { types } => write!(f, "appeared ({})", words(types)),
            Self::Vanished { types } => write!(f, "vanished (was {})", words(types)),
            Self::Retyped { from, to } => write!(f, "was {}, is {}", words(from), words(to)),
        }
    }
}

/// A changed field of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    /// The stream.
    pub stream: Stream,
    /// The field's name on the wire.
    pub field: String,
    /// What became of it.
    #[serde(flatten)]
    pub change: FieldChange,
}

/// `runs/<connection>/<run>/schema.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSchema {
    /// What the sampled rows of each stream held.
    pub streams: BTreeMap<Stream, FieldsSeen>,
    /// The last committed run before, whose schema this was compared with.
    pub compared_with: Option<RunId>,
    /// How the fields differ from those of that run.
    pub changes: Vec<SchemaChange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rows: &[&str]) -> FieldsSeen {
        let mut seen = FieldsSeen::default();
        rows.iter().for_each(|row| seen.observe(row));
        seen
    }

    #[test]
    fn appeared_vanished_and_retyped_fields_are_told() {
        let before = seen(&[r#"{"uid":"a","score":1.5,"ips":["x"],"old":true,"none":null}"#; 20]);
        let now =
            seen(&[r#"{"uid":"b","score":"high","ips":[{"ip":"x"}],"old":null,"none":[],"new":{}}"#; 20]);
        let changes = now.changes_since(&before);
        let told: Vec<String> = changes.iter().map(|(field, change)| format!("{field} {change}")).collect();
        assert_eq!(
            told,
            [
                "ips was list of texts, is list of objects",
                "new appeared (object)",
                "old vanished (was true or false)",
                "score was number, is text",
            ]
        );
        assert_eq!(now.changes_since(&now), []);
    }

    #[test]
    fn what_chance_explains_is_not_told() {
        let (rare, empty) = (r#"{"a":1,"b":"x"}"#, r#"{"a":1,"b":null}"#);
        let before = seen(&[rare, empty, empty, empty, empty, empty, empty, empty, empty, empty]);
        assert_eq!(seen(&[empty; 20]).changes_since(&before), [], "one of ten, not among twenty");
        assert_eq!(seen(&[empty; 200]).changes_since(&before).len(), 1, "one of ten, not among two hundred");
        assert_eq!(seen(&[rare]).changes_since(&seen(&[])), [], "nothing was seen before");
    }

    #[test]
    fn anything_can_be_a_row() {
        let mut seen = seen(&["null", "[1]", "not JSON", r#"{"":[[]],"x":[null,[1]]}"#]);
        assert_eq!(seen.rows, 1);
        assert_eq!(seen.fields["x"], BTreeMap::from([(ValueType::List, 1)]));
        for number in 0..2 * MOST_FIELDS {
            seen.observe(&format!(r#"{{"f{number}":1}}"#));
        }
        assert_eq!(seen.fields.len(), MOST_FIELDS);
    }
}
