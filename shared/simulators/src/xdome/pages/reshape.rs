//! Rows whose fields the vendor has renamed, added or given another type.

use crate::xdome::{Reshape, Rows};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// `row` in the vendor's form after `reshapes`.
pub(super) fn reshaped<'r>(rows: Rows, row: &'r str, reshapes: &[Reshape]) -> Cow<'r, str> {
    if reshapes.is_empty() {
        return Cow::Borrowed(row);
    }
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(row) else { return Cow::Borrowed(row) };
    for reshape in reshapes {
        match reshape {
            Reshape::Add { stream, field } if *stream == rows => {
                fields.insert(field.clone(), Value::from("new in this version"));
            }
            Reshape::Rename { stream, field, to } if *stream == rows => {
                if let Some(value) = fields.shift_remove(field) {
                    fields.insert(to.clone(), value);
                }
            }
            Reshape::Retype { stream, field } if *stream == rows => {
                if let Some(value) = fields.get_mut(field) {
                    *value = other_type(value.take());
                }
            }
            _ => {}
        }
    }
    Cow::Owned(Value::Object(fields).to_string())
}

/// Text becomes a list of texts, anything else but null becomes text.
fn other_type(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(_) => Value::Array(vec![value]),
        other => Value::String(other.to_string()),
    }
}
