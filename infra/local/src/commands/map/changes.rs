//! Differences between two outputs, field by field.

use super::page::records;
use crate::output::Grid;
use causeway_ports::source::Explained;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A field of a record before and after; `null` where there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Change {
    pub(super) record: String,
    pub(super) field: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// Stands for the fields of a whole record.
const RECORD: &str = "(record)";

/// Records as golden tests and differences compare them: the body, or the reason of the reject.
pub(super) type Output = Vec<(String, Result<Value, String>)>;

/// The output for one row.
pub(super) fn output(row: &Explained) -> Output {
    match &row.reject {
        Some(reject) => vec![(row.key.to_string(), Err(reject.reason.clone()))],
        None => records(row).into_iter().map(|(key, body)| (key, Ok(body))).collect(),
    }
}

/// The differences of `after` from `before`. A record rejected in both is no difference, whatever the reasons.
pub(super) fn between(before: &Output, after: &Output) -> Vec<Change> {
    let find = |output: &Output, key: &str| {
        output.iter().find(|(known, _)| known == key).map(|(_, result)| result.clone())
    };
    let mut keys: Vec<&String> = before.iter().chain(after).map(|(key, _)| key).collect();
    let mut seen = std::collections::BTreeSet::new();
    keys.retain(|key| seen.insert(*key));
    let mut changes = Vec::new();
    for key in keys {
        match (find(before, key), find(after, key)) {
            (Some(Ok(before)), Some(Ok(after))) => fields(key, &before, &after, &mut changes),
            (Some(Err(_)), Some(Err(_))) | (None, None) => {}
            (before, after) => changes.push(Change {
                record: key.clone(),
                field: RECORD.to_owned(),
                before: in_words(before),
                after: in_words(after),
            }),
        }
    }
    changes
}

fn in_words(result: Option<Result<Value, String>>) -> Value {
    match result {
        None => Value::Null,
        Some(Ok(_)) => Value::from("mapped"),
        Some(Err(reason)) => Value::from(format!("rejected: {reason}")),
    }
}

fn fields(key: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let (old, new) = (leaves(before), leaves(after));
    let known = changes.len();
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
            let (record, field) = (key.to_owned(), name.clone());
            changes.push(Change { record, field, before: value(before), after: value(after) });
        }
    }
    // The hash of a record covers its text, so a different order counts as changed.
    let texts = (before.to_string(), after.to_string());
    if changes.len() == known && texts.0 != texts.1 {
        let (record, field) = (key.to_owned(), "(order of fields)".to_owned());
        changes.push(Change { record, field, before: Value::Null, after: Value::Null });
    }
}

fn leaves(document: &Value) -> BTreeMap<String, Value> {
    fn walk(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(&path, value, leaves);
                }
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (at, item) in items.iter().enumerate() {
                    walk(&format!("{path}[{at}]"), item, leaves);
                }
            }
            value => {
                leaves.insert(path.to_owned(), value.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", document, &mut found);
    found
}

/// Longest value in a table, in characters.
const LETTERS: usize = 120;

/// Adds at most `limit` of the changes to a table of record, field, before, after.
pub(super) fn list(grid: &mut Grid, changes: &[Change], limit: usize) {
    let shown = |value: &Value| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        text.chars().take(LETTERS).collect::<String>()
    };
    for change in changes.iter().take(limit) {
        let Change { record, field, before, after } = change;
        grid.row([record.clone(), field.clone(), shown(before), shown(after)]);
    }
}
