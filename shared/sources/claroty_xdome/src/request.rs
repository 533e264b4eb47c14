//! Request bodies, in the vendor's grammar and without members unknown to it.

use crate::endpoint::Endpoint;
use crate::settings::XdomeSettings;
use bytes::Bytes;
use causeway_domain::page::Window;
use causeway_domain::{Failure, FailureKind};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Rows of `window` that pass `filter`, in the endpoint's total order. The count is asked for at offset 0,
/// because the vendor gives it only there.
pub(crate) fn page(
    endpoint: &Endpoint,
    fields: &[&str],
    filter: &Filter,
    window: Window,
) -> Result<Bytes, Failure> {
    let body = Page {
        fields,
        filter_by: filter,
        sort_by: endpoint.key.iter().map(|field| Order { field, order: "asc" }).collect(),
        offset: window.offset,
        limit: window.limit,
        include_count: (window.offset == 0).then_some(true),
    };
    serde_json::to_vec(&body).map(Bytes::from).map_err(|error| unwritable(endpoint, &error))
}

/// The cheapest request there is.
pub(crate) fn probe(endpoint: &Endpoint) -> Bytes {
    let fields = endpoint.key.get(..1).unwrap_or_default();
    Bytes::from(json!({"fields": fields, "offset": 0, "limit": 1}).to_string())
}

/// The connection's scope, without a filter on relevance: findings that became Fixed or Irrelevant must be read.
pub(crate) fn scope(endpoint: &Endpoint, settings: &XdomeSettings) -> Filter {
    let categories = settings.device_categories.iter().map(ToString::to_string).collect();
    all([
        is_in("device_category", Values::Texts(categories)),
        is_in(endpoint.retired, Values::Flags([settings.retired_devices_only])),
    ])
}

/// Filter for rows whose key columns are among `columns`, given as JSON.
///
/// # Errors
/// `StoreDamaged` if a column is not JSON.
pub(crate) fn among(endpoint: &Endpoint, columns: &[BTreeSet<String>]) -> Result<Filter, Failure> {
    let operand = |(field, values): (&&'static str, &BTreeSet<String>)| {
        let values: Result<Vec<_>, _> = values.iter().cloned().map(RawValue::from_string).collect();
        Ok(is_in(field, Values::Json(values.map_err(|error| unwritable(endpoint, &error))?)))
    };
    let operands = endpoint.key.iter().zip(columns).map(operand).collect::<Result<Vec<_>, Failure>>()?;
    Ok(all(operands))
}

/// Conditions that must all be met.
#[derive(Debug, Serialize)]
pub(crate) struct Filter {
    operation: &'static str,
    operands: Vec<Operand>,
}

#[derive(Debug, Serialize)]
struct Operand {
    field: &'static str,
    operation: &'static str,
    value: Values,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Values {
    Texts(Vec<String>),
    Flags([bool; 1]),
    Json(Vec<Box<RawValue>>),
}

#[derive(Serialize)]
struct Page<'a> {
    fields: &'a [&'a str],
    filter_by: &'a Filter,
    sort_by: Vec<Order>,
    offset: u64,
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_count: Option<bool>,
}

#[derive(Serialize)]
struct Order {
    field: &'static str,
    order: &'static str,
}

fn all(operands: impl Into<Vec<Operand>>) -> Filter {
    Filter { operation: "and", operands: operands.into() }
}

/// `in` with a list tests equality on every field; `equals` does not.
fn is_in(field: &'static str, value: Values) -> Operand {
    Operand { field, operation: "in", value }
}

fn unwritable(endpoint: &Endpoint, error: &serde_json::Error) -> Failure {
    Failure::new(
        FailureKind::StoreDamaged,
        endpoint.subject(),
        format!("the request cannot be written: {error}"),
    )
}
