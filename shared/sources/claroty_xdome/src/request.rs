//! Request bodies, in the vendor's grammar and with no member that it does not know.

use crate::endpoint::Endpoint;
use bytes::Bytes;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::page::Window;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rows of `window` that pass `filter`, in the endpoint's total order. The count is asked for where the vendor gives
/// it: at offset 0.
pub(crate) fn page(endpoint: &Endpoint, fields: &[&str], filter: &Value, window: Window) -> Bytes {
    let order: Vec<_> = endpoint.key.iter().map(|field| json!({"field": field, "order": "asc"})).collect();
    let mut body = json!({
        "fields": fields,
        "filter_by": filter,
        "sort_by": order,
        "offset": window.offset,
        "limit": window.limit,
    });
    if let (0, Value::Object(members)) = (window.offset, &mut body) {
        members.insert("include_count".to_owned(), Value::Bool(true));
    }
    Bytes::from(body.to_string())
}

/// The cheapest request there is.
pub(crate) fn probe(endpoint: &Endpoint) -> Bytes {
    let fields = endpoint.key.get(..1).unwrap_or_default();
    Bytes::from(json!({"fields": fields, "offset": 0, "limit": 1}).to_string())
}

/// The connection's scope. Relevance is not filtered: what became Fixed or Irrelevant must be seen to be known.
pub(crate) fn scope(endpoint: &Endpoint, settings: &XdomeSettings) -> Value {
    let categories: Vec<_> = settings.device_categories.iter().map(ToString::to_string).collect();
    and([is_in("device_category", &categories), is_in(endpoint.retired, &[settings.retired_devices_only])])
}

/// Rows whose key parts are all among those asked for.
pub(crate) fn among(endpoint: &Endpoint, parts: [&BTreeSet<&str>; 2]) -> Value {
    let operands: Vec<_> =
        endpoint.key.iter().zip(parts).map(|(field, values)| is_in(field, values)).collect();
    and(operands)
}

fn and(operands: impl Into<Vec<Value>>) -> Value {
    json!({"operation": "and", "operands": operands.into()})
}

/// `in` with a list is the equality that works on every field; `equals` does not.
fn is_in(field: &str, values: &(impl Serialize + ?Sized)) -> Value {
    json!({"field": field, "operation": "in", "value": values})
}
