//! Follows the steps of a source path through JSON text.

use crate::json;
use crate::path::Step;
use std::borrow::Cow;

/// Mapping of the `[]` of a source path to the `[]` of its target: one to one from the outside in; extra ones of
/// the source are flattened or reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Number of `[]` in the target.
    pub(crate) depth: usize,
    /// Whether inner lists without a counterpart in the target become one list (the target is a list of values or
    /// has no list at all) or their first value (the target is a field of a list's items).
    pub(crate) flatten: bool,
}

/// The value at `steps` inside `raw`.
pub(crate) fn walk<'v>(raw: &'v str, steps: &[Step], shape: Shape) -> Option<Cow<'v, str>> {
    if !steps.contains(&Step::Each) {
        return plain(raw, steps).map(Cow::Borrowed);
    }
    // All elements of a list, one to one, are the list itself.
    if steps == [Step::Each] && shape.depth > 0 && raw.starts_with('[') {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::new();
    let mut values = Vec::new();
    follow(raw, steps, shape, 0, &mut values);
    if shape.depth == 0 {
        values.retain(Option::is_some);
        push_list(&mut out, &values);
        return Some(Cow::Owned(out));
    }
    values.pop().flatten()
}

fn plain<'v>(raw: &'v str, steps: &[Step]) -> Option<&'v str> {
    let mut value = raw;
    for step in steps {
        value = match step {
            Step::Key(name) => json::member(value, name)?,
            Step::Index(index) => element(value, *index)?,
            Step::Each => value,
        };
    }
    Some(value)
}

/// Treats a value that is not a list as a list of one.
fn element(raw: &str, index: usize) -> Option<&str> {
    json::elements(raw).nth(index).flatten()
}

/// Appends the value at `steps`, or several values if lists are flattened. `level` counts the `[]` passed.
fn follow<'v>(
    raw: &'v str,
    steps: &[Step],
    shape: Shape,
    level: usize,
    values: &mut Vec<Option<Cow<'v, str>>>,
) {
    let Some((step, rest)) = steps.split_first() else {
        values.push(Some(Cow::Borrowed(raw)));
        return;
    };
    let inside = match step {
        Step::Key(name) => json::member(raw, name),
        Step::Index(index) => element(raw, *index),
        Step::Each => return follow_list(raw, rest, shape, level + 1, values),
    };
    match inside {
        Some(value) => follow(value, rest, shape, level, values),
        None => values.push(None),
    }
}

fn follow_list<'v>(
    raw: &'v str,
    rest: &[Step],
    shape: Shape,
    level: usize,
    values: &mut Vec<Option<Cow<'v, str>>>,
) {
    let mut items = Vec::new();
    for element in json::elements(raw) {
        match element {
            Some(element) => follow(element, rest, shape, level, &mut items),
            None => items.push(None),
        }
    }
    if level > shape.depth {
        if shape.flatten {
            values.append(&mut items);
        } else {
            values.push(items.into_iter().flatten().next());
        }
    } else {
        let mut list = String::new();
        push_list(&mut list, &items);
        values.push(Some(Cow::Owned(list)));
    }
}

fn push_list(out: &mut String, values: &[Option<Cow<'_, str>>]) {
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(value.as_deref().unwrap_or("null"));
    }
    out.push(']');
}
