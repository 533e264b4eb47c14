//! A map as data: the content of its file, row by row.

use crate::function::Function;
use crate::lookup::Lookup;
use crate::mistake::{MapErrors, Mistakes};
use crate::path::{SourcePath, TargetPath};
use crate::reader;
use causeway_domain::Stream;
use std::collections::BTreeMap;

/// A parsed map. Its fields are not checked against a model; [`crate::CompiledMap::compile`] does that.
#[derive(Debug, Clone, PartialEq)]
pub struct MapDefinition {
    /// File or shipped name, for messages.
    pub file: String,
    /// `name`
    pub name: String,
    /// `title`: the product's name of the map.
    pub title: String,
    /// `version`
    pub version: String,
    /// `stream`: which records it is for.
    pub stream: Stream,
    /// The rows in order.
    pub rows: Vec<Row>,
    /// `[lookup.NAME]` tables.
    pub lookups: BTreeMap<String, Lookup>,
}

/// One `[[row]]`. Rows with one target are alternatives: the first that yields a value wins.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// From 1.
    pub number: usize,
    /// Line in the file.
    pub line: usize,
    /// Where the value comes from.
    pub value: RowValue,
    /// Where it goes.
    pub target: TargetPath,
    /// Whether a record without it is rejected.
    pub required: bool,
    /// Applied in order.
    pub functions: Vec<Function>,
    /// JSON text used when there is no value.
    pub default: Option<String>,
    /// When the row applies.
    pub condition: Option<Condition>,
}

/// Origin of a row's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowValue {
    /// `source`
    Source(SourcePath),
    /// `constant`, as JSON text.
    Constant(String),
    /// Neither: the first function is an expression, which names the fields it reads.
    Expression,
}

/// `when_absent` or `when_present`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The source looked at.
    pub source: SourcePath,
    /// Whether it must have a value.
    pub present: bool,
}

/// A row for people, see `causeway map show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowExplanation {
    /// Number of the row, from 1.
    pub row: usize,
    /// `source` as written; empty for a constant.
    pub source: String,
    /// `target` as written.
    pub target: String,
    /// Functions, constant, default and condition in words.
    pub functions: String,
    /// Whether a record without it is rejected.
    pub required: bool,
}

impl MapDefinition {
    /// Reads a map file called `file` in messages.
    ///
    /// # Errors
    /// Every mistake of form: syntax, unknown keys, values of the wrong kind, unknown functions, malformed paths.
    pub fn parse(file: &str, text: &str) -> Result<Self, MapErrors> {
        let mut mistakes = Mistakes::in_text(text);
        let definition = reader::read(file, text, &mut mistakes);
        mistakes.into_result(file)?;
        Ok(definition)
    }

    /// An empty definition, for a file that cannot be read.
    pub(crate) fn nothing(file: &str) -> Self {
        let (name, title, version) = Default::default();
        let (rows, lookups) = Default::default();
        Self { file: file.to_owned(), name, title, version, stream: Stream::Assets, rows, lookups }
    }

    /// Which records the map is for, as far as it can be read; all other mistakes are reported when the map is
    /// checked against their fields. Assets if this is wrong, too.
    pub fn stream_of(text: &str) -> Stream {
        reader::read("", text, &mut Mistakes::in_text(text)).stream
    }

    /// The rows for people.
    pub fn explain(&self) -> Vec<RowExplanation> {
        self.rows.iter().map(Row::explain).collect()
    }
}

impl Row {
    fn explain(&self) -> RowExplanation {
        let (source, constant) = match &self.value {
            RowValue::Source(path) => (path.text.clone(), None),
            RowValue::Constant(value) => (String::new(), Some(format!("constant {value}"))),
            RowValue::Expression => (String::new(), None),
        };
        let mut words: Vec<String> = constant.into_iter().collect();
        words.extend(self.functions.iter().map(Function::to_string));
        words.extend(self.default.as_ref().map(|value| format!("default {value}")));
        words.extend(self.condition.as_ref().map(|condition| {
            let state = if condition.present { "present" } else { "absent" };
            format!("when {} is {state}", condition.source.text)
        }));
        RowExplanation {
            row: self.number,
            source,
            target: self.target.text.clone(),
            functions: words.join(", "),
            required: self.required,
        }
    }
}
