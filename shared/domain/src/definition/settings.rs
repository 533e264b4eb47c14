//! Settings of a source or destination, as they are stored. What they mean only its own crate knows.

use super::field::{Field, Kind};
use crate::{Failure, FailureKind};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// The fields of one connector or receiver, by its name. They keep their order: the fingerprint of a run is made from
/// their text.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    name: String,
    fields: Map<String, Value>,
}

impl Settings {
    /// The settings `typed` of the connector or receiver `name`.
    ///
    /// # Errors
    /// `DefinitionInvalid` for what is no table.
    pub fn of(name: &str, typed: &impl Serialize) -> Result<Self, Failure> {
        match serde_json::to_value(typed) {
            Ok(Value::Object(fields)) => Ok(Self { name: name.to_owned(), fields }),
            Ok(_) => Err(invalid(name, "settings are a table")),
            Err(error) => Err(invalid(name, &error)),
        }
    }

    /// Name of the connector or receiver.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value at a dotted path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.fields.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// Sets the text at a dotted path, with the tables on the way.
    pub fn set(&mut self, path: &str, text: &str) {
        let (tables, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut fields = &mut self.fields;
        for table in tables.split('.').filter(|table| !table.is_empty()) {
            let inner = fields.entry(table).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            fields = inner;
        }
        fields.insert(name.to_owned(), Value::from(text));
    }

    /// The same in the order of `table`, with its presets where a field is left out, and addresses in their normal form.
    #[must_use]
    pub fn completed(&self, table: &[Field<'_>]) -> Self {
        Self { name: self.name.clone(), fields: completed(&self.fields, table) }
    }

    /// What its own crate makes of them, completed by the presets of `table`: definitions that were stored by an earlier
    /// version lack the fields that came since.
    ///
    /// # Errors
    /// `DefinitionInvalid` for values that no check of a connection file lets through.
    pub fn typed<T: DeserializeOwned>(&self, table: &[Field<'_>]) -> Result<T, Failure> {
        let fields = Value::Object(completed(&self.fields, table));
        serde_json::from_value(fields).map_err(|error| invalid(&self.name, &error))
    }
}

fn invalid(name: &str, problem: &(impl ToString + ?Sized)) -> Failure {
    Failure::new(FailureKind::DefinitionInvalid, format!("settings of {name}"), problem.to_string())
}

fn completed(fields: &Map<String, Value>, table: &[Field<'_>]) -> Map<String, Value> {
    let normal = |field: &Field<'_>| {
        let value = match (fields.get(field.name), &field.kind) {
            (Some(Value::Object(inner)), Kind::Table(table)) => Some(Value::Object(completed(inner, table))),
            (None, Kind::Table(table)) => Some(Value::Object(completed(&Map::new(), table))),
            (Some(Value::Array(rows)), Kind::Rows(table)) => {
                Some(rows.iter().map(|row| in_order(row, table)).collect())
            }
            (Some(Value::String(text)), Kind::ApiUrl | Kind::WebUrl) => {
                Some(Value::from(Url::parse(text).map_or_else(|_| text.clone(), String::from)))
            }
            (Some(value), _) => Some(value.clone()),
            (None, _) => field.preset.value(),
        };
        Some((field.name.to_owned(), value?))
    };
    let known = table.iter().filter_map(normal);
    // What the table does not know is left for the typed settings to refuse.
    let unknown = fields.iter().filter(|(name, _)| table.iter().all(|field| field.name != name.as_str()));
    known.chain(unknown.map(|(name, value)| (name.clone(), value.clone()))).collect()
}

fn in_order(row: &Value, table: &[Field<'_>]) -> Value {
    match row {
        Value::Object(fields) => Value::Object(completed(fields, table)),
        other => other.clone(),
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.name, &self.fields)])
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tables = BTreeMap::<String, Map<String, Value>>::deserialize(deserializer)?.into_iter();
        match (tables.next(), tables.next()) {
            (Some((name, fields)), None) => Ok(Self { name, fields }),
            _ => Err(D::Error::custom("exactly one table is expected")),
        }
    }
}
