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
    let candidate = Candidate { schema, value, members: mistakes.object(place, value)?, place };
    // A filter that names a field is a simple one, whatever else it holds.
    if candidate.members.contains_key("field") || !candidate.members.contains_key("operands") {
        candidate.simple(mistakes)
    } else {
        candidate.compound(mistakes)
    }
}

/// The place of a field that filters and sorts may name.
pub(super) fn usable(schema: &Schema, name: &str) -> Option<usize> {
    schema
        .place(name)
        .filter(|place| schema.field(*place).is_some_and(|field| field.class != Class::Deprecated))
}

/// A filter before it is validated.
struct Candidate<'a> {
    schema: &'a Schema,
    value: &'a Value,
    members: &'a Map<String, Value>,
    place: &'a Place,
}

impl<'a> Candidate<'a> {
    fn compound(&self, mistakes: &mut Mistakes) -> Option<Filter> {
        self.extras(&["operation", "operands"], mistakes);
        let operation = self.required("operation", mistakes);
        let entries = self
            .required("operands", mistakes)
            .and_then(|operands| mistakes.list(&self.place.member("operands"), operands));
        let operands: Option<Vec<Filter>> = entries.and_then(|entries| {
            let judged = entries.iter().enumerate().map(|(number, operand)| {
                filter(self.schema, operand, &self.place.member("operands").entry(number), mistakes)
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
                mistakes.add("too_long", &self.place.member("operands"), message, self.value, None);
                None
            }
            (Some("not"), operands) => {
                operands?.into_iter().next().map(|operand| Filter::Not(Box::new(operand)))
            }
            _ => {
                mistakes.choice(&self.place.member("operation"), "and, or or not", operation);
                None
            }
        }
    }

    fn simple(&self, mistakes: &mut Mistakes) -> Option<Filter> {
        self.extras(&["field", "operation", "value"], mistakes);
        let name = self.required("field", mistakes);
        let operation = self.required("operation", mistakes);
        let (name, operation) = (name?, operation?);
        let Some(number) = name.as_str().and_then(|name| usable(self.schema, name)) else {
            mistakes.choice(&self.place.member("field"), &self.schema.accepted_in_filters, name);
            return None;
        };
        let class = self.schema.field(number)?.class;
        let Some(operation) = operation.as_str().and_then(|name| Operation::parse(name, class)) else {
            mistakes.choice(&self.place.member("operation"), &Operation::choices(class), operation);
            return None;
        };
        let operand = self.members.get("value").cloned().unwrap_or(Value::Null);
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
        mistakes.add(kind, &self.place.member("value"), message, &operand, None);
        None
    }

    fn required(&self, name: &str, mistakes: &mut Mistakes) -> Option<&'a Value> {
        let found = self.members.get(name);
        if found.is_none() {
            mistakes.add("missing", &self.place.member(name), "Field required", self.value, None);
        }
        found
    }

    fn extras(&self, known: &[&str], mistakes: &mut Mistakes) {
        for (name, value) in self.members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            mistakes.extra(&self.place.member(name), value);
        }
    }
}

fn leaf(field: usize, operation: Operation, operand: Value) -> Filter {
    Filter::Leaf(Leaf { field, operation, operand })
}
