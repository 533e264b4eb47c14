//! Validates `filter_by`.

use super::mistakes::{Mistakes, Place};
use crate::xdome::fields::{Class, Schema};
use crate::xdome::filter::{Filter, Leaf, Operation, Shape};
use serde_json::{Map, Value};

/// The filter in `value`; `None` if it has a mistake.
pub(super) fn filter(
    schema: &Schema,
    value: &Value,
    place: &Place,
    mistakes: &mut Mistakes,
) -> Option<Filter> {
    let members = mistakes.object(place, value)?;
    // A filter that names a field is a simple one, whatever else it holds.
    if members.contains_key("field") || !members.contains_key("operands") {
        simple(schema, value, members, place, mistakes)
    } else {
        compound(schema, value, members, place, mistakes)
    }
}

/// The place of a field that filters and sorts may name.
pub(super) fn usable(schema: &Schema, name: &str) -> Option<usize> {
    schema
        .place(name)
        .filter(|place| schema.field(*place).is_some_and(|field| field.class != Class::Deprecated))
}

fn compound(
    schema: &Schema,
    value: &Value,
    members: &Map<String, Value>,
    place: &Place,
    mistakes: &mut Mistakes,
) -> Option<Filter> {
    extras(members, &["operation", "operands"], place, mistakes);
    let operation = required(members, "operation", value, place, mistakes);
    let entries = required(members, "operands", value, place, mistakes)
        .and_then(|operands| mistakes.list(&place.member("operands"), operands));
    let operands: Option<Vec<Filter>> = entries.and_then(|entries| {
        let judged = entries.iter().enumerate().map(|(number, operand)| {
            filter(schema, operand, &place.member("operands").entry(number), mistakes)
        });
        // Every operand is validated before a mistake ends the validation.
        judged.collect::<Vec<_>>().into_iter().collect()
    });
    let operation = operation?;
    match (operation.as_str(), operands) {
        (Some("and"), operands) => operands.map(Filter::And),
        (Some("or"), operands) => operands.map(Filter::Or),
        (Some("not"), Some(operands)) if operands.len() > 1 => {
            let message = "List should have at most 1 item after validation";
            mistakes.add("too_long", &place.member("operands"), message, value, None);
            None
        }
        (Some("not"), operands) => operands?.into_iter().next().map(|operand| Filter::Not(Box::new(operand))),
        _ => {
            mistakes.choice(&place.member("operation"), "and, or or not", operation);
            None
        }
    }
}

fn simple(
    schema: &Schema,
    value: &Value,
    members: &Map<String, Value>,
    place: &Place,
    mistakes: &mut Mistakes,
) -> Option<Filter> {
    extras(members, &["field", "operation", "value"], place, mistakes);
    let name = required(members, "field", value, place, mistakes);
    let operation = required(members, "operation", value, place, mistakes);
    let (name, operation) = (name?, operation?);
    let Some(number) = name.as_str().and_then(|name| usable(schema, name)) else {
        mistakes.choice(&place.member("field"), &schema.accepted_in_filters, name);
        return None;
    };
    let class = schema.field(number)?.class;
    let Some(operation) = operation.as_str().and_then(|name| Operation::parse(name, class)) else {
        mistakes.choice(&place.member("operation"), &Operation::choices(class), operation);
        return None;
    };
    let operand = members.get("value").cloned().unwrap_or(Value::Null);
    let (kind, message) = match (operation.shape(), &operand) {
        (Shape::Nothing, Value::Null) => return Some(leaf(number, operation, operand)),
        (Shape::List, Value::Array(_)) => return Some(leaf(number, operation, operand)),
        (Shape::Pair, Value::Array(entries)) if entries.len() == 2 => {
            return Some(leaf(number, operation, operand));
        }
        (Shape::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
            return Some(leaf(number, operation, operand));
        }
        (Shape::ScalarOrList, Value::String(_) | Value::Array(_)) => {
            return Some(leaf(number, operation, operand));
        }
        (Shape::Nothing, _) => ("none_required", "Input should be None"),
        (Shape::List | Shape::Pair, _) => ("list_type", "Input should be a valid list"),
        (Shape::Scalar | Shape::ScalarOrList, _) => ("string_type", "Input should be a valid string"),
    };
    mistakes.add(kind, &place.member("value"), message, &operand, None);
    None
}

fn leaf(field: usize, operation: Operation, operand: Value) -> Filter {
    Filter::Leaf(Leaf { field, operation, operand })
}

fn required<'a>(
    members: &'a Map<String, Value>,
    name: &str,
    whole: &Value,
    place: &Place,
    mistakes: &mut Mistakes,
) -> Option<&'a Value> {
    let found = members.get(name);
    if found.is_none() {
        mistakes.add("missing", &place.member(name), "Field required", whole, None);
    }
    found
}

fn extras(members: &Map<String, Value>, known: &[&str], place: &Place, mistakes: &mut Mistakes) {
    for (name, value) in members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        mistakes.extra(&place.member(name), value);
    }
}
