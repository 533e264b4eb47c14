//! The JSON Schema of a connection file, for editors: made from the same table that checks the file.

use super::Catalog;
use super::field::{Field, Kind};
use super::scalar::accepted;
use super::schedule_rules::{NEEDS, PARTICULAR};
use super::schema::with_fields;
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12) of a connection file, as editors use it for TOML.
pub fn json_schema(catalog: &Catalog) -> Value {
    let mut schema = with_fields(catalog, table);
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Causeway connection"));
    Value::Object(schema)
}

fn table(fields: &[Field<'_>]) -> Map<String, Value> {
    let described = |field: &Field<'_>| {
        let mut value = value(&field.kind);
        value.insert("description".to_owned(), json!(description(field)));
        if !field.title.is_empty() {
            value.insert("title".to_owned(), json!(field.title));
        }
        if let Some(preset) = field.preset.value() {
            value.insert("default".to_owned(), preset);
        }
        (field.name.to_owned(), Value::Object(value))
    };
    let properties: Map<String, Value> = fields.iter().map(described).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    object(json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    }))
}

fn value(kind: &Kind<'_>) -> Map<String, Value> {
    let pattern = |pattern: String| json!({ "type": "string", "pattern": pattern });
    object(match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Filled | Kind::Map(_) | Kind::Profile | Kind::Certificate | Kind::Folder => {
            pattern(r"\S".to_owned())
        }
        Kind::ConnectionName => pattern("^[a-z][a-z0-9-]{0,62}$".to_owned()),
        Kind::SecretName => pattern("^[a-z][a-z0-9._-]{0,62}$".to_owned()),
        Kind::ApiUrl => {
            pattern(r"^(https://[^/?#@\s]+|http://(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?)/?$".to_owned())
        }
        Kind::WebUrl => pattern(r"^https?://[^/?#@\s]+([/?#]\S*)?$".to_owned()),
        Kind::Uuid => pattern("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$".to_owned()),
        Kind::Template(placeholders) => pattern(format!(r"^([^{{}}]|\{{({})\}})+$", placeholders.join("|"))),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Whole(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::OneOf(texts) => json!({ "enum": texts }),
        Kind::SomeOf(texts) => json!({ "type": "array", "items": { "enum": texts }, "minItems": 1 }),
        Kind::Table(fields) => return table(fields),
        Kind::OneTable(tables) => {
            let mut one = table(tables);
            one.insert("minProperties".to_owned(), json!(1));
            one.insert("maxProperties".to_owned(), json!(1));
            return one;
        }
        Kind::Rows(fields) => json!({ "type": "array", "items": table(fields) }),
        Kind::TimesOfDay => {
            json!({ "type": "array", "items": pattern(r"^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$".to_owned()), "minItems": 1 })
        }
        Kind::LocalTime => {
            pattern(r"^-?[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}T[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2})?$".to_owned())
        }
        // The program knows which zones there are, and reads the whole expression.
        Kind::TimeZone => pattern(r"^\S+$".to_owned()),
        Kind::Cron => pattern(r"^\s*(\S+\s+){4}\S+\s*$".to_owned()),
        Kind::Schedule(fields) => return schedule(fields),
    })
}

/// What the field is for and what it accepts.
fn description(field: &Field<'_>) -> String {
    let accepted = accepted(&field.kind);
    if field.help.is_empty() { accepted } else { format!("{} Accepts {accepted}.", field.help) }
}

/// What each kind of schedule needs, and the fields that mean nothing to it.
fn schedule(fields: &[Field<'_>]) -> Map<String, Value> {
    let rule = |(occurs, needs): &(&str, &[(&str, &str)])| {
        let needed: Vec<&str> = needs.iter().map(|(name, _)| *name).collect();
        let particular = PARTICULAR.iter().chain((*occurs == "once").then_some(&"end"));
        let idle: Map<String, Value> = particular
            .filter(|name| !needed.contains(name))
            .map(|name| ((*name).to_owned(), json!(false)))
            .collect();
        json!({
            "if": { "properties": { "occurs": { "const": occurs } }, "required": ["occurs"] },
            "then": { "required": needed, "properties": idle },
        })
    };
    let mut schedule = table(fields);
    schedule.insert("allOf".to_owned(), NEEDS.iter().map(rule).collect());
    schedule
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
