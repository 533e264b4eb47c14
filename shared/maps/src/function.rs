//! Functions of a row. They are the only place where values are parsed; everything else is copied.

use crate::compiled::Root;
use crate::date::{Reading, parse_date};
use crate::expression::Expression;
use crate::json;
use crate::lookup::Lookup;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A function as a map names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// The matching value of a lookup table; for a list, one per element.
    Lookup(String),
    /// RFC 3339 in UTC with whole seconds; anything that is not a date counts as absent.
    DateFormat,
    /// The first element of a list that has a value.
    First,
    /// The smallest element of a list: numbers as numbers, dates as instants, the rest as text.
    Min,
    /// The largest element of a list.
    Max,
    /// The elements of a list as one text with this between them.
    Join(String),
    /// The result of a CEL expression on the value and the fields that it names.
    Cel(Expression),
}

/// What a map may write in `functions`.
pub(crate) const ALLOWED: &str = r#"allowed are "date_format", "first", "min", "max", { join = ", " }, { lookup = "TABLE" } and { cel = "EXPRESSION" }"#;

impl Function {
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        match name {
            "date_format" => Some(Self::DateFormat),
            "first" => Some(Self::First),
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            _ => None,
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(table) => write!(f, "LOOKUP {table}"),
            Self::DateFormat => f.write_str("DATE_FORMAT"),
            Self::First => f.write_str("first"),
            Self::Min => f.write_str("min"),
            Self::Max => f.write_str("max"),
            Self::Join(between) => write!(f, "join {between:?}"),
            Self::Cel(expression) => write!(f, "CEL {expression}"),
        }
    }
}

/// A function with its table resolved.
#[derive(Debug, Clone)]
pub(crate) enum Compiled {
    Lookup(Arc<Lookup>),
    DateFormat,
    Choose(Choice),
    /// A choice directly before [`Self::DateFormat`]: it chooses among the dates, not among all elements.
    ChooseDate(Choice),
    Join(String),
    /// With the places of its fields. Applied by [`crate::Applier`], which holds them.
    Cel(Expression, Vec<Root>),
}

/// The element of a list to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    First,
    Min,
    Max,
}

impl Choice {
    /// Whether an element that compares as `order` to the current choice replaces it. The first of equal elements wins.
    fn prefers(self, order: Ordering) -> bool {
        match self {
            Self::First => false,
            Self::Min => order.is_lt(),
            Self::Max => order.is_gt(),
        }
    }
}

impl Compiled {
    /// Appends it to the functions of a row.
    pub(crate) fn push(self, functions: &mut Vec<Self>) {
        match (&self, functions.last_mut()) {
            (Self::DateFormat, Some(last)) if let Self::Choose(choice) = *last => {
                *last = Self::ChooseDate(choice);
            }
            _ => functions.push(self),
        }
    }

    /// Applies the function; counts unreadable values in `unreadable`.
    pub(crate) fn apply<'v>(
        &'v self,
        value: Option<Cow<'v, str>>,
        unreadable: &mut u32,
    ) -> Option<Cow<'v, str>> {
        match (self, value) {
            (Self::Cel(..), value) => value,
            (Self::Lookup(table), None) => table.default.as_deref().map(Cow::Borrowed),
            (_, None) => None,
            (Self::Lookup(table), Some(value)) => {
                if !value.starts_with('[') {
                    return look_up(table, &value).map(Cow::Borrowed);
                }
                let push = |element: &str, out: &mut String| match look_up(table, element) {
                    Some(found) => out.push_str(found),
                    None => out.push_str("null"),
                };
                Some(Cow::Owned(each(&value, push)))
            }
            (Self::DateFormat, Some(value)) => {
                let mut formatted = String::new();
                push_dates(&mut formatted, &value, unreadable).then_some(Cow::Owned(formatted))
            }
            (Self::ChooseDate(choice), Some(value)) => {
                let mut formatted = String::new();
                push_chosen_date(&mut formatted, &value, *choice, unreadable).then_some(Cow::Owned(formatted))
            }
            (Self::Choose(choice), Some(Cow::Borrowed(raw))) => best(raw, *choice).map(Cow::Borrowed),
            (Self::Choose(choice), Some(Cow::Owned(raw))) => {
                best(&raw, *choice).map(|element| Cow::Owned(element.to_owned()))
            }
            (Self::Join(between), Some(value)) => Some(Cow::Owned(join(&value, between))),
        }
    }
}

/// The list of the results of `push` on the elements.
fn each(value: &str, mut push: impl FnMut(&str, &mut String)) -> String {
    let mut list = String::from("[");
    for (index, element) in json::elements(value).enumerate() {
        if index > 0 {
            list.push(',');
        }
        match element {
            Some(element) => push(element, &mut list),
            None => list.push_str("null"),
        }
    }
    list.push(']');
    list
}

fn look_up<'t>(table: &'t Lookup, element: &str) -> Option<&'t str> {
    let text = json::text_of(element)?;
    let key = text.trim();
    let whole_number = key.strip_suffix(".0").unwrap_or(key);
    let found = table.get(key).or_else(|| table.get(whole_number));
    found.or(table.default.as_deref())
}

/// Appends `value`, a date or a list of dates, as RFC 3339. Appends nothing and returns `false` when it is not a date.
pub(crate) fn push_dates(out: &mut String, value: &str, unreadable: &mut u32) -> bool {
    if !value.starts_with('[') {
        return push_one_date(out, value, unreadable);
    }
    let list = each(value, |element, out| {
        if !push_one_date(out, element, unreadable) {
            out.push_str("null");
        }
    });
    out.push_str(&list);
    true
}

fn push_one_date(out: &mut String, element: &str, unreadable: &mut u32) -> bool {
    if json::is_blank(element) {
        return false;
    }
    let read = read_date(element);
    match &read {
        Some((reading, text)) => push_reading(out, *reading, text),
        None => *unreadable += 1,
    }
    read.is_some()
}

fn read_date(element: &str) -> Option<(Reading, Cow<'_, str>)> {
    let text = json::text_of(element)?;
    Some((Reading::of(&text)?, text))
}

fn push_reading(out: &mut String, reading: Reading, text: &str) {
    out.push('"');
    reading.push(out, text);
    out.push('"');
}

/// Appends the chosen one of the dates in `value` as RFC 3339. Appends nothing and returns `false` when there is none.
pub(crate) fn push_chosen_date(out: &mut String, value: &str, choice: Choice, unreadable: &mut u32) -> bool {
    let mut chosen: Option<(Reading, Cow<'_, str>)> = None;
    for element in json::elements(value).flatten().filter(|element| !json::is_blank(element)) {
        let Some(next) = read_date(element) else {
            *unreadable += 1;
            continue;
        };
        let better = chosen.as_ref().is_none_or(|best| choice.prefers(next.0.instant.cmp(&best.0.instant)));
        if better {
            chosen = Some(next);
        }
    }
    chosen.map(|(reading, text)| push_reading(out, reading, &text)).is_some()
}

/// The chosen element; white space does not count as a value.
fn best(raw: &str, choice: Choice) -> Option<&str> {
    let usable = |element: &&str| match json::text_of(element) {
        Some(text) => !text.trim().is_empty(),
        None => choice == Choice::First && !json::is_blank(element),
    };
    let usable = json::elements(raw).flatten().filter(usable);
    usable.reduce(|best, next| if choice.prefers(compare(next, best)) { next } else { best })
}

fn compare(left: &str, right: &str) -> Ordering {
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.total_cmp(&right);
    }
    let (left, right) = (json::text_of(left), json::text_of(right));
    let instant = |text: &Option<Cow<'_, str>>| text.as_deref().and_then(parse_date);
    match (instant(&left), instant(&right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(&right),
    }
}

fn join(value: &str, between: &str) -> String {
    let present = json::elements(value).flatten().filter(|element| !json::is_blank(element));
    let texts: Vec<Cow<'_, str>> = present.filter_map(json::text_of).collect();
    let mut joined = String::new();
    json::push_text(&mut joined, &texts.join(between));
    joined
}
