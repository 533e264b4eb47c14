//! What roles allow: statements of a resolved template, held against calls.

use crate::call::Call;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A statement that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: String,
    /// Actions, with `*` and `?`.
    pub actions: Vec<String>,
    /// ARNs, with `*` and `?`.
    pub resources: Vec<String>,
    /// Values that keys of the call's context must have.
    pub equals: BTreeMap<String, String>,
}

/// The statements of the role or the managed policy with this logical id.
pub fn of_identity(resources: &Map<String, Value>, id: &str) -> Vec<Statement> {
    let properties = resources.get(id).and_then(|found| found.get("Properties"));
    let own = properties.and_then(|properties| properties.get("Policies")?.as_array());
    let documents = own.into_iter().flatten().chain(properties).filter_map(|from| from.get("PolicyDocument"));
    documents.flat_map(of_document).collect()
}

/// The statements of a policy document.
pub fn of_document(document: &Value) -> Vec<Statement> {
    let statements = document.get("Statement").and_then(Value::as_array);
    let allows = |statement: &&Value| statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    statements.into_iter().flatten().filter(allows).map(Statement::read).collect()
}

impl Statement {
    fn read(statement: &Value) -> Self {
        let equals = statement.pointer("/Condition/StringEquals").and_then(Value::as_object);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            sid: statement.get("Sid").map(text).unwrap_or_default(),
            actions: texts(statement.get("Action")),
            resources: texts(statement.get("Resource")),
            equals: equals.into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect(),
        }
    }

    /// Whether it allows `call`.
    pub fn allows(&self, call: &Call) -> bool {
        self.actions.iter().any(|action| matches(action, &call.action))
            && self.resources.iter().any(|resource| matches(resource, &call.resource))
            && self.equals.iter().all(|(key, value)| call.context.get(key) == Some(value))
    }

    /// Each pair of an action and a resource, as a statement of its own.
    pub fn parts(&self) -> impl Iterator<Item = Self> {
        self.actions.iter().flat_map(move |action| {
            self.resources.iter().map(move |resource| Self {
                actions: vec![action.clone()],
                resources: vec![resource.clone()],
                ..self.clone()
            })
        })
    }
}

/// One text or a list of them.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether `text` is what `pattern` says, where `*` is any letters and `?` any one.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            let ends = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            ends.into_iter().any(|place| text.get(place..).is_some_and(|left| matches(rest, left)))
        }
        Some(letter) => {
            let mut found = text.chars();
            found.next().is_some_and(|first| letter == '?' || first == letter)
                && matches(letters.as_str(), found.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        let key = "arn:aws:s3:::plant/runs/press/r1/pages/findings/main/000001.json";
        assert!(matches("arn:aws:s3:::plant/runs/*/pages/*", key));
        assert!(!matches("arn:aws:s3:::plant/runs/*/raw/*", key));
        assert!(!matches("arn:aws:s3:::plan/*", key));
        assert!(matches("a?c", "abc") && !matches("a?c", "ac") && matches("*", "") && !matches("", "a"));
    }

    #[test]
    fn a_condition_narrows() {
        let mut call = Call::new("iam:PassRole", "arn:aws:iam::1:role/r");
        let statement = Statement {
            sid: String::new(),
            actions: vec!["iam:PassRole".to_owned()],
            resources: vec!["arn:aws:iam::1:role/r".to_owned()],
            equals: [("iam:PassedToService".to_owned(), "scheduler.amazonaws.com".to_owned())].into(),
        };
        assert!(!statement.allows(&call));
        call.context.insert("iam:PassedToService".to_owned(), "scheduler.amazonaws.com".to_owned());
        assert!(statement.allows(&call));
    }
}
