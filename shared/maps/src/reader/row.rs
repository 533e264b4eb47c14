//! Reads one `[[row]]`.

use super::table::Table;
use crate::bounds::{LONGEST_PATH, MOST_FUNCTIONS};
use crate::definition::{Condition, Row, RowValue};
use crate::expression::Expression;
use crate::function::{ALLOWED, Function};
use crate::lookup::Lookup;
use crate::mistake::{Mistakes, did_you_mean};
use crate::path::{SourcePath, TargetPath};
use std::collections::BTreeMap;
use toml::de::DeValue;

const KEYS: &[&str] =
    &["source", "target", "required", "functions", "default", "constant", "when_absent", "when_present"];

/// Prefix of a record's paths in product tables.
#[derive(Debug)]
pub(super) struct Prefixes {
    pub(super) source: String,
    pub(super) target: String,
}

/// The row, unless it has no usable source or target.
pub(super) fn read(
    table: &Table<'_, '_>,
    prefixes: &Prefixes,
    lookups: &BTreeMap<String, Lookup>,
    mistakes: &mut Mistakes,
) -> Option<Row> {
    table.only(KEYS, mistakes);
    let functions = functions(table, lookups, mistakes);
    let default = table.json("default", mistakes);
    let condition = condition(table, prefixes, mistakes);
    let required = table.flag("required", mistakes);
    let value = value(table, prefixes, &functions, mistakes);
    let source = match &value {
        Some(RowValue::Source(path)) => Some(path),
        Some(RowValue::Constant(_) | RowValue::Expression) | None => None,
    };
    let target = target(table, prefixes, source, value.is_some(), mistakes);
    Some(Row {
        number: table.row().unwrap_or_default(),
        line: mistakes.line_at(table.offset()),
        value: value?,
        target: target?,
        required,
        functions,
        default,
        condition,
    })
}

fn value(
    table: &Table<'_, '_>,
    prefixes: &Prefixes,
    functions: &[Function],
    mistakes: &mut Mistakes,
) -> Option<RowValue> {
    match (table.get("source"), table.get("constant")) {
        (Some(_), None) => source(table, "source", prefixes, mistakes).map(RowValue::Source),
        (None, Some(_)) => table.json("constant", mistakes).map(RowValue::Constant),
        (None, None) if matches!(functions.first(), Some(Function::Cel(_))) => Some(RowValue::Expression),
        // The mistakes of the expression are reported already.
        (None, None) if names_an_expression(table) => None,
        (None, None) => {
            table.mistake("source", "is missing; a row has either `source` or `constant`", mistakes);
            None
        }
        (Some(_), Some(_)) => {
            table.mistake("constant", "stands beside `source`; a row has one of them", mistakes);
            None
        }
    }
}

fn source(
    table: &Table<'_, '_>,
    key: &str,
    prefixes: &Prefixes,
    mistakes: &mut Mistakes,
) -> Option<SourcePath> {
    let text = table.text(key, mistakes)?;
    SourcePath::parse(&text, &prefixes.source)
        .map_err(|wrong| table.mistake(key, &format!("{}: {wrong}", quoted(&text)), mistakes))
        .ok()
}

fn target(
    table: &Table<'_, '_>,
    prefixes: &Prefixes,
    source: Option<&SourcePath>,
    has_value: bool,
    mistakes: &mut Mistakes,
) -> Option<TargetPath> {
    let text = table.text_or_mistake("target", mistakes);
    // Without a value the mistake is reported already, and `&` cannot be checked.
    if text.is_empty() || (!has_value && text.contains('&')) {
        return None;
    }
    TargetPath::parse(&text, &prefixes.target, source)
        .map_err(|wrong| table.mistake("target", &format!("{}: {wrong}", quoted(&text)), mistakes))
        .ok()
}

/// A path in quotes; only the beginning if it is too long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_PATH / 16) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

fn condition(table: &Table<'_, '_>, prefixes: &Prefixes, mistakes: &mut Mistakes) -> Option<Condition> {
    let (absent, present) = (table.get("when_absent"), table.get("when_present"));
    if absent.is_some() && present.is_some() {
        table.mistake("when_present", "stands beside `when_absent`; a row has one of them", mistakes);
        return None;
    }
    let key = if present.is_some() { "when_present" } else { "when_absent" };
    table.get(key)?;
    Some(Condition { source: source(table, key, prefixes, mistakes)?, present: present.is_some() })
}

fn names_an_expression(table: &Table<'_, '_>) -> bool {
    let Some(DeValue::Array(list)) = table.get("functions").map(|entry| entry.value) else { return false };
    matches!(list.first().map(|first| first.get_ref()), Some(DeValue::Table(first)) if first.contains_key("cel"))
}

fn functions(
    table: &Table<'_, '_>,
    lookups: &BTreeMap<String, Lookup>,
    mistakes: &mut Mistakes,
) -> Vec<Function> {
    let Some(entry) = table.get("functions") else { return Vec::new() };
    let DeValue::Array(list) = entry.value else {
        table.mistake("functions", &format!("must be a list; {ALLOWED}"), mistakes);
        return Vec::new();
    };
    if list.len() > MOST_FUNCTIONS {
        table.mistake(
            "functions",
            &format!("are {}; a row has at most {MOST_FUNCTIONS}", list.len()),
            mistakes,
        );
    }
    let mut functions = Vec::new();
    for item in list.iter().take(MOST_FUNCTIONS) {
        match function(item.get_ref(), lookups) {
            Ok(function) => functions.push(function),
            Err(wrong) => mistakes.add(item.span().start, table.row(), "functions", wrong),
        }
    }
    functions
}

fn function(value: &DeValue<'_>, lookups: &BTreeMap<String, Lookup>) -> Result<Function, String> {
    let known = ["date_format", "first", "min", "max", "join", "lookup", "cel"];
    let unknown = |name: &str| {
        format!("{name:?} is not a function{}; {ALLOWED}", did_you_mean(name, known.into_iter()))
    };
    let single = match value {
        DeValue::String(name) => return Function::by_name(name).ok_or_else(|| unknown(name)),
        DeValue::Table(table) if table.len() == 1 => table.iter().next(),
        _ => None,
    };
    let Some((name, argument)) = single else { return Err(format!("is not a function; {ALLOWED}")) };
    match (name.get_ref().as_ref(), argument.get_ref()) {
        ("join", DeValue::String(between)) => Ok(Function::Join(between.to_string())),
        ("lookup", DeValue::String(table)) if lookups.contains_key(table.as_ref()) => {
            Ok(Function::Lookup(table.to_string()))
        }
        ("lookup", DeValue::String(table)) => {
            let tables: Vec<&str> = lookups.keys().map(String::as_str).collect();
            let tables = if tables.is_empty() { "none".to_owned() } else { tables.join(", ") };
            Err(format!("there is no table [lookup.{table}]; this map has {tables}"))
        }
        ("cel", DeValue::String(text)) => {
            Expression::parse(text).map(Function::Cel).map_err(|wrong| format!("cel: {}", wrong.join("; ")))
        }
        ("join" | "lookup" | "cel", _) => Err(format!("{:?} needs a text; {ALLOWED}", name.get_ref())),
        (name, _) => Err(unknown(name)),
    }
}
