//! A log line as text.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::fmt::Write;

/// Fields that have their own column, or are the same in all lines of a run.
const APART: [&str; 7] = ["timestamp", "level", "message", "target", "span", "run", "connection"];

/// `time  function  level  message  field=value …`, in columns.
pub(crate) fn text(at: Timestamp, function: &str, event: &Value) -> String {
    let at = at.strftime("%F %T%.3f");
    let (level, told) = match event {
        Value::Object(fields) => (text_of(fields.get("level")), told(fields)),
        other => (String::new(), text_of(Some(other))),
    };
    let text = format!("{at}  {function:<9}  {level:<5}  {told}");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn told(fields: &Map<String, Value>) -> String {
    let mut told = text_of(fields.get("message"));
    let work = fields.get("span").and_then(|span| span.get("work"));
    if let Some(work) = work {
        let _ = write!(told, "  work={}", text_of(Some(work)));
    }
    for (name, value) in fields.iter().filter(|(name, _)| !APART.contains(&name.as_str())) {
        let _ = write!(told, "  {name}={}", text_of(Some(value)));
    }
    told
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
