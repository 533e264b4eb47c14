//! Validates the body of a request as the vendor's framework (FastAPI on pydantic) does, with its messages.
//!
//! One response names all mistakes of a body. Messages that were seen live are reproduced word for word; the others
//! follow the framework.

mod filters;
mod mistakes;

pub(super) use mistakes::Mistakes;

use super::fields::Schema;
use super::filter::Filter;
use mistakes::Place;
use serde_json::{Map, Value, json};

/// A valid request.
#[derive(Debug)]
pub(super) struct Query {
    /// Places of the fields in the schema, as asked.
    pub(super) fields: Vec<usize>,
    pub(super) filter: Option<Filter>,
    /// Places and whether the order is descending; empty for the default.
    pub(super) sort: Vec<(usize, bool)>,
    pub(super) offset: u64,
    pub(super) limit: usize,
    pub(super) include_count: bool,
    /// Filter and sort as text: equal texts select equal rows.
    pub(super) selection: String,
}

const MEMBERS: [&str; 6] = ["fields", "filter_by", "sort_by", "offset", "limit", "include_count"];
const MOST_ROWS: i64 = 5000;

/// The query in `body`, or all its mistakes. `is_json` is whether the request declares JSON.
pub(super) fn judge(schema: &Schema, is_json: bool, body: &[u8]) -> Result<Query, Mistakes> {
    let mut mistakes = Mistakes::default();
    let body = match (body.is_empty(), is_json) {
        (true, _) => return Err(Mistakes::one("missing", &["body"], "Field required", &Value::Null)),
        // The framework reads a body of another type as one string.
        (false, false) => Value::String(String::from_utf8_lossy(body).into_owned()),
        (false, true) => serde_json::from_slice(body).map_err(|wrong| Mistakes::not_json(&wrong))?,
    };
    let Value::Object(members) = &body else {
        let message = "Input should be a valid dictionary or object to extract fields from";
        return Err(Mistakes::one("model_attributes_type", &["body"], message, &body));
    };
    let root = Place::root();
    let query = Query {
        fields: fields(schema, members, &body, &root, &mut mistakes),
        filter: match members.get("filter_by") {
            None | Some(Value::Null) => None,
            Some(filter) => filters::filter(schema, filter, &root.member("filter_by"), &mut mistakes),
        },
        sort: sort(schema, members.get("sort_by"), &root.member("sort_by"), &mut mistakes),
        offset: integer(members, "offset", 0, i64::MAX, &root, &mut mistakes).unsigned_abs(),
        limit: integer(members, "limit", 100, MOST_ROWS, &root, &mut mistakes).unsigned_abs() as usize,
        include_count: include_count(members.get("include_count"), &root, &mut mistakes),
        selection: json!([members.get("filter_by"), members.get("sort_by")]).to_string(),
    };
    for (name, value) in members.iter().filter(|(name, _)| !MEMBERS.contains(&name.as_str())) {
        mistakes.extra(&root.member(name), value);
    }
    mistakes.none_or(query)
}

fn fields(
    schema: &Schema,
    members: &Map<String, Value>,
    body: &Value,
    root: &Place,
    mistakes: &mut Mistakes,
) -> Vec<usize> {
    let place = root.member("fields");
    let Some(value) = members.get("fields") else {
        mistakes.add("missing", &place, "Field required", body, None);
        return Vec::new();
    };
    let Some(names) = mistakes.list(&place, value) else { return Vec::new() };
    let mut found = Vec::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        match name.as_str().and_then(|name| schema.place(name)) {
            Some(field) if !found.contains(&field) => found.push(field),
            Some(_) => (),
            None => mistakes.choice(&place.entry(number), &schema.accepted, name),
        }
    }
    found
}

fn sort(
    schema: &Schema,
    value: Option<&Value>,
    place: &Place,
    mistakes: &mut Mistakes,
) -> Vec<(usize, bool)> {
    let Some(value) = value else { return Vec::new() };
    let Some(entries) = mistakes.list(place, value) else { return Vec::new() };
    let mut keys = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let place = place.entry(number);
        let Some(members) = mistakes.object(&place, entry) else { continue };
        let name = members.get("field");
        let field = name.and_then(Value::as_str).and_then(|name| filters::usable(schema, name));
        match (name, field) {
            (None, _) => mistakes.add("missing", &place.member("field"), "Field required", entry, None),
            (Some(name), None) => mistakes.choice(&place.member("field"), &schema.accepted_in_filters, name),
            (Some(_), Some(field)) => match members.get("order").map_or(Some("asc"), Value::as_str) {
                Some("asc") => keys.push((field, false)),
                Some("desc") => keys.push((field, true)),
                _ => mistakes.choice(
                    &place.member("order"),
                    "asc or desc",
                    entry.get("order").unwrap_or(&Value::Null),
                ),
            },
        }
        for (name, value) in members.iter().filter(|(name, _)| !["field", "order"].contains(&name.as_str())) {
            mistakes.extra(&place.member(name), value);
        }
    }
    keys
}

fn integer(
    members: &Map<String, Value>,
    name: &str,
    default: i64,
    most: i64,
    root: &Place,
    mistakes: &mut Mistakes,
) -> i64 {
    let Some(value) = members.get(name) else { return default };
    let place = root.member(name);
    match value.as_i64() {
        Some(number) if number < 0 => {
            let context = json!({ "ge": 0 });
            let message = "Input should be greater than or equal to 0";
            mistakes.add("greater_than_equal", &place, message, value, Some(context));
            default
        }
        Some(number) if number > most => {
            let message = format!("Input should be less than or equal to {most}");
            mistakes.add("less_than_equal", &place, &message, value, Some(json!({ "le": most })));
            default
        }
        Some(number) => number,
        None => {
            mistakes.add("int_type", &place, "Input should be a valid integer", value, None);
            default
        }
    }
}

fn include_count(value: Option<&Value>, root: &Place, mistakes: &mut Mistakes) -> bool {
    match value {
        None => false,
        Some(Value::Bool(wanted)) => *wanted,
        Some(other) => {
            let place = root.member("include_count");
            mistakes.add("bool_type", &place, "Input should be a valid boolean", other, None);
            false
        }
    }
}
