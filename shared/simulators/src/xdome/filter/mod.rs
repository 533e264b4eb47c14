//! Accepted filters.

mod operation;

pub(super) use operation::{Operation, Shape};

use serde_json::Value;

/// A filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    /// One field.
    Leaf(Leaf),
    /// All of them.
    And(Vec<Filter>),
    /// At least one of them.
    Or(Vec<Filter>),
    /// Not this one.
    Not(Box<Filter>),
}

/// A condition on one field.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Place in the schema.
    pub(super) field: usize,
    pub(super) operation: Operation,
    pub(super) operand: Value,
}
