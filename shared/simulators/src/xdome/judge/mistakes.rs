//! The `detail` list of a 422.

use serde_json::{Map, Value, json};

/// The mistakes of a body, in the order in which they were found.
#[derive(Debug, Default)]
pub(in crate::xdome) struct Mistakes(Vec<Value>);

/// The place of a mistake: names and numbers from `body` on.
#[derive(Debug, Clone)]
pub(super) struct Place(Vec<Value>);

impl Place {
    pub(super) fn root() -> Self {
        Self(vec![Value::from("body")])
    }

    pub(super) fn member(&self, name: &str) -> Self {
        self.with(Value::from(name))
    }

    pub(super) fn entry(&self, number: usize) -> Self {
        self.with(Value::from(number))
    }

    fn with(&self, step: Value) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl Mistakes {
    pub(super) fn one(kind: &str, place: &[&str], message: &str, input: &Value) -> Self {
        Self(vec![json!({ "type": kind, "loc": place, "msg": message, "input": input })])
    }

    pub(super) fn not_json(wrong: &serde_json::Error) -> Self {
        Self(vec![json!({
            "type": "json_invalid",
            "loc": ["body", wrong.column()],
            "msg": "JSON decode error",
            "input": {},
            "ctx": { "error": "Expecting value" },
        })])
    }

    pub(super) fn add(
        &mut self,
        kind: &str,
        place: &Place,
        message: &str,
        input: &Value,
        context: Option<Value>,
    ) {
        let mut entry = json!({ "type": kind, "loc": place.0, "msg": message, "input": input });
        if let (Some(context), Some(members)) = (context, entry.as_object_mut()) {
            members.insert("ctx".to_owned(), context);
        }
        self.0.push(entry);
    }

    /// One of `choices`, written `a, b or c`, was expected.
    pub(super) fn choice(&mut self, place: &Place, choices: &str, input: &Value) {
        let message = format!("Input should be {choices}");
        self.add("enum", place, &message, input, Some(json!({ "expected": choices })));
    }

    pub(super) fn extra(&mut self, place: &Place, input: &Value) {
        self.add("extra_forbidden", place, "Extra inputs are not permitted", input, None);
    }

    /// The entries of a list with at least one.
    pub(super) fn list<'a>(&mut self, place: &Place, value: &'a Value) -> Option<&'a Vec<Value>> {
        match value.as_array() {
            Some(entries) if entries.is_empty() => {
                let context = json!({ "field_type": "List", "min_length": 1, "actual_length": 0 });
                let message = "List should have at least 1 item after validation, not 0";
                self.add("too_short", place, message, value, Some(context));
                None
            }
            Some(entries) => Some(entries),
            None => {
                self.add("list_type", place, "Input should be a valid list", value, None);
                None
            }
        }
    }

    /// The members of an object.
    pub(super) fn object<'a>(&mut self, place: &Place, value: &'a Value) -> Option<&'a Map<String, Value>> {
        if !value.is_object() {
            let message = "Input should be a valid dictionary or object to extract fields from";
            self.add("model_attributes_type", place, message, value, None);
        }
        value.as_object()
    }

    pub(super) fn none_or<T>(self, result: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(result) } else { Err(self) }
    }

    /// The body of the response.
    pub(in crate::xdome) fn into_detail(self) -> Value {
        Value::Array(self.0)
    }
}
