//! JSON to CEL and back.

use cel::objects::{Key, Map};
use cel::{ExecutionError, Value};
use std::sync::Arc;

/// A field as CEL sees it: `null` when it is absent, whole numbers as `int`, others as `double`.
pub(super) fn of_json(raw: Option<&str>) -> Value {
    let mut mended = String::new();
    if let Some(raw) = raw {
        crate::json::push_raw(&mut mended, raw);
    }
    serde_json::from_str(&mended).map_or(Value::Null, |value: serde_json::Value| of(&value))
}

fn of(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => number.as_f64().map_or(Value::Null, Value::Float),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(of).collect())),
        Json::Object(members) => {
            let members =
                members.iter().map(|(name, value)| (Key::String(Arc::new(name.clone())), of(value)));
            Value::Map(Map { map: Arc::new(members.collect()) })
        }
    }
}

/// The value as JSON, members of maps in the order of their names.
///
/// # Errors
/// For values that JSON cannot express.
pub(super) fn to_json(value: &Value) -> Result<String, String> {
    json(value).map(|json| json.to_string())
}

fn json(value: &Value) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::UInt(number) => Json::from(*number),
        Value::Float(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => Json::Number(number),
            None => {
                return Err("the expression makes a number that is not finite; guard the division".to_owned());
            }
        },
        Value::String(text) => Json::String(text.to_string()),
        Value::List(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let mut members: Vec<(&Key, &Value)> = map.map.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let member = |(key, value): (&Key, &Value)| Ok((name(key), json(value)?));
            Json::Object(members.into_iter().map(member).collect::<Result<_, String>>()?)
        }
        other => {
            let kind = other.type_of();
            return Err(format!(
                "the expression makes a {kind}; make a text, number, true, false, list or map of it"
            ));
        }
    })
}

fn name(key: &Key) -> String {
    match key {
        Key::Int(number) => number.to_string(),
        Key::Uint(number) => number.to_string(),
        Key::Bool(flag) => flag.to_string(),
        Key::String(text) => text.to_string(),
    }
}

/// The approximate size of a value in bytes.
pub(super) fn weight(value: &Value) -> u64 {
    match value {
        Value::String(text) => 16 + text.len() as u64,
        Value::Bytes(bytes) => 16 + bytes.len() as u64,
        Value::List(items) => 16 + items.iter().map(weight).sum::<u64>(),
        Value::Map(map) => {
            16 + map.map.iter().map(|(key, value)| 16 + name(key).len() as u64 + weight(value)).sum::<u64>()
        }
        _ => 16,
    }
}

/// Why an evaluation failed, without values of the record.
pub(super) fn why(error: &ExecutionError) -> String {
    let what = match error {
        ExecutionError::UndeclaredReference(name) => format!("`{name}` is not there"),
        ExecutionError::NoSuchKey(name) => {
            format!("there is no field `{name}` in it; ask with `has(…)` first")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::IndexOutOfBounds(_) => "a list has no such place; ask for its size first".to_owned(),
        _ => "an operation does not fit the values; a field that is absent is null: write \
              `field == null ? \"\" : field`"
            .to_owned(),
    };
    format!("the expression fails: {what}")
}
