//! Evaluation of a map's rows on one record. Values stay in place, in the record, in the map, or in one of two reused
//! buffers, so that a record needs no allocation of its own.

use crate::compiled::{CompiledRow, CompiledValue, Leaf, Root};
use crate::function::{Compiled, push_chosen_date, push_dates};
use crate::json::{self, Cut};
use crate::kind::Kind;
use crate::path::Step;
use crate::tree::Values;
use crate::walk::{Shape, walk};
use causeway_domain::Unreadable;
use std::borrow::Cow;
use std::ops::Range;

/// Location of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Nothing,
    /// In the record or in the map.
    Text(Cut<'a>),
    /// A range of the derived fields.
    Field(usize, usize),
    /// A range of the output of functions.
    Made(usize, usize),
}

/// A record that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'s, 'a> {
    pub(crate) slots: &'s [Option<Cut<'a>>],
    pub(crate) fields: &'s str,
    pub(crate) ranges: &'s [Range<usize>],
}

/// Buffers and findings of an evaluation.
#[derive(Debug)]
pub(crate) struct Work<'s> {
    pub(crate) made: &'s mut String,
    /// Unreadable values of the current row.
    pub(crate) unreadable: u32,
    /// Those of earlier rows, by field.
    pub(crate) unread: &'s mut Unreadable,
    /// Row and reason of the first expression that failed.
    pub(crate) failure: Option<(usize, String)>,
}

impl<'a> Work<'_> {
    fn keep(&mut self, text: &str) -> Value<'a> {
        let start = self.made.len();
        self.made.push_str(text);
        Value::Made(start, self.made.len())
    }

    #[inline]
    fn end_row(&mut self, row: &CompiledRow) {
        if self.unreadable > 0 {
            self.unread.count_once(&row.field, u64::from(std::mem::take(&mut self.unreadable)));
        }
    }

    fn keep_cow(&mut self, text: Option<Cow<'a, str>>) -> Value<'a> {
        match text {
            None => Value::Nothing,
            Some(Cow::Borrowed(text)) => Value::Text(Cut::unknown(text)),
            Some(Cow::Owned(text)) => self.keep(&text),
        }
    }
}

impl<'a> Record<'_, 'a> {
    /// The value of the first alternative row of `leaf` that has one.
    #[inline]
    pub(crate) fn value_of(&self, leaf: &'a Leaf, work: &mut Work<'_>) -> Value<'a> {
        match leaf.copied {
            Some(slot) => match self.slots.get(slot).copied().flatten() {
                Some(cut) if !json::is_blank(cut.text) => {
                    let value = self.fitting(Value::Text(cut), leaf.kind, work);
                    leaf.rows.first().into_iter().for_each(|row| work.end_row(row));
                    value
                }
                _ => Value::Nothing,
            },
            None => self.first_of(leaf, work),
        }
    }

    fn first_of(&self, leaf: &'a Leaf, work: &mut Work<'_>) -> Value<'a> {
        for row in &leaf.rows {
            let value = self.fitting(self.value(row, work), leaf.kind, work);
            work.end_row(row);
            if !matches!(value, Value::Nothing) {
                return value;
            }
        }
        Value::Nothing
    }

    /// `value` in the kind of the target; a value that does not fit counts as absent.
    #[inline]
    fn fitting(&self, value: Value<'a>, kind: Kind, work: &mut Work<'_>) -> Value<'a> {
        let Some(raw) = self.text(value, work.made).filter(|_| kind != Kind::Any) else { return value };
        match kind.of(raw, &mut work.unreadable) {
            Some(Cow::Borrowed(same)) if same.len() == raw.len() => value,
            Some(other) => {
                let other = other.into_owned();
                work.keep(&other)
            }
            None => Value::Nothing,
        }
    }

    /// JSON of the field that `row` reads, if it reads one.
    pub(crate) fn source_of(&self, row: &CompiledRow) -> Option<&str> {
        match &row.value {
            CompiledValue::Field(root, ..) => self.text(self.place(*root), ""),
            CompiledValue::Constant(_) | CompiledValue::Nothing => None,
        }
    }

    fn value(&self, row: &'a CompiledRow, work: &mut Work<'_>) -> Value<'a> {
        if !self.applies(row) {
            return Value::Nothing;
        }
        let mut value = match &row.value {
            CompiledValue::Constant(text) => Value::Text(Cut::verbatim(text)),
            CompiledValue::Nothing => Value::Nothing,
            CompiledValue::Field(root, steps, shape) => {
                let value = self.inside(self.place(*root), steps, *shape, work);
                let value = self.unless_blank(value, work);
                if row.functions.is_empty() && row.default.is_none() {
                    return value;
                }
                value
            }
        };
        for function in &row.functions {
            value = self.call(function, value, row.number, work);
        }
        match (self.unless_blank(value, work), &row.default) {
            (Value::Nothing, Some(default)) => Value::Text(Cut::unknown(default)),
            (value, _) => value,
        }
    }

    fn applies(&self, row: &CompiledRow) -> bool {
        let Some((root, steps, present)) = &row.condition else { return true };
        let flat = Shape { depth: 0, flatten: true };
        let seen = self.text(self.place(*root), "").and_then(|raw| walk(raw, steps, flat));
        seen.is_some_and(|raw| !json::is_blank(&raw)) == *present
    }

    fn place(&self, root: Root) -> Value<'a> {
        match root {
            Root::Wire(slot) => self.slots.get(slot).copied().flatten().map_or(Value::Nothing, Value::Text),
            Root::Derived(index) => {
                self.ranges.get(index).map_or(Value::Nothing, |range| Value::Field(range.start, range.end))
            }
        }
    }

    fn text<'t>(&'t self, value: Value<'t>, made: &'t str) -> Option<&'t str> {
        match value {
            Value::Nothing => None,
            Value::Text(cut) => Some(cut.text),
            Value::Field(start, end) => self.fields.get(start..end),
            Value::Made(start, end) => made.get(start..end),
        }
    }

    fn unless_blank(&self, value: Value<'a>, work: &Work<'_>) -> Value<'a> {
        match self.text(value, work.made) {
            Some(text) if !json::is_blank(text) => value,
            _ => Value::Nothing,
        }
    }

    fn inside(&self, place: Value<'a>, steps: &[Step], shape: Shape, work: &mut Work<'_>) -> Value<'a> {
        if steps.is_empty() {
            return place;
        }
        if let Value::Text(cut) = place {
            return match walk(cut.text, steps, shape) {
                Some(Cow::Borrowed(text)) => Value::Text(cut.inside(text)),
                other => work.keep_cow(other),
            };
        }
        let Some(raw) = self.text(place, "") else { return Value::Nothing };
        match walk(raw, steps, shape) {
            None => Value::Nothing,
            Some(Cow::Borrowed(same)) if same.len() == raw.len() => place,
            Some(text) => work.keep(&text),
        }
    }

    fn call(&self, function: &'a Compiled, value: Value<'a>, row: usize, work: &mut Work<'_>) -> Value<'a> {
        match (function, value) {
            (Compiled::Cel(expression, fields), value) => {
                let fields: Vec<Option<&str>> =
                    fields.iter().map(|root| self.text(self.place(*root), "")).collect();
                match expression.evaluate(self.text(value, work.made), &fields) {
                    Ok(made) => made.map_or(Value::Nothing, |made| work.keep(&made)),
                    Err(detail) => {
                        work.failure.get_or_insert((row, detail));
                        Value::Nothing
                    }
                }
            }
            (Compiled::DateFormat, Value::Text(cut)) => {
                let start = work.made.len();
                let any = push_dates(work.made, cut.text, &mut work.unreadable);
                if any { Value::Made(start, work.made.len()) } else { Value::Nothing }
            }
            (Compiled::ChooseDate(choice), Value::Text(cut)) => {
                let start = work.made.len();
                let any = push_chosen_date(work.made, cut.text, *choice, &mut work.unreadable);
                if any { Value::Made(start, work.made.len()) } else { Value::Nothing }
            }
            (function, value) => {
                let given = match value {
                    Value::Text(cut) => Some(Cow::Borrowed(cut.text)),
                    value => self.text(value, work.made).map(|text| Cow::Owned(text.to_owned())),
                };
                let made = function.apply(given, &mut work.unreadable);
                work.keep_cow(made)
            }
        }
    }
}

/// The values of all leaves, to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluated<'s, 'a> {
    pub(crate) values: &'s [Value<'a>],
    pub(crate) fields: &'s str,
    pub(crate) made: &'s str,
}

impl<'s, 'a: 's> Values<'s> for Evaluated<'s, 'a> {
    #[inline]
    fn of_leaf(&self, leaf: usize) -> Option<Cut<'s>> {
        match *self.values.get(leaf)? {
            Value::Nothing => None,
            Value::Text(cut) => Some(cut),
            Value::Field(start, end) => self.fields.get(start..end).map(Cut::unknown),
            Value::Made(start, end) => self.made.get(start..end).map(Cut::unknown),
        }
    }
}
