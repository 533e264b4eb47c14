//! Operations on fields: their classes and their meaning.

use crate::xdome::fields::{Class, choices};
use serde_json::Value;
use std::cmp::Ordering;
use std::net::Ipv4Addr;

/// An operation, parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xdome) struct Operation {
    quantity: Quantity,
    negated: bool,
    test: Test,
}

/// The entries of a list that must pass. Other values are lists of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Any,
    None,
    All,
    /// Every value of the operand is in the list.
    Superset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equals,
    In,
    Contains,
    StartsWith,
    EndsWith,
    IsNull,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Between,
    AfterSecondsAgo,
    BeforeSecondsAgo,
    AfterSecondsFromNow,
    BeforeSecondsFromNow,
    InSubnet,
}

/// The required shape of the operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xdome) enum Shape {
    Nothing,
    Scalar,
    List,
    Pair,
    ScalarOrList,
}

const TEXT: &[&str] = &[
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
    "is_null",
    "is_not_null",
];
const ORDER: &[&str] = &["between", "not_between", "greater", "greater_or_equal", "less", "less_or_equal"];
const FLAG: &[&str] = &["equals", "not_equals", "in", "not_in", "is_null", "is_not_null"];
const TIME: &[&str] = &[
    "after",
    "before",
    "after_seconds_ago",
    "before_seconds_ago",
    "after_seconds_from_now",
    "before_seconds_from_now",
];
const LIST: &[&str] = &["all_equal", "none_equal", "superset_of", "has_all_in"];
const SUBNET: &[&str] = &["in_subnet", "not_in_subnet"];
const PREFIXES: [(&str, Quantity); 3] =
    [("has_any_", Quantity::Any), ("has_none_", Quantity::None), ("has_only_", Quantity::All)];

impl Operation {
    /// The operation of this name, if the class allows it.
    pub(in crate::xdome) fn parse(name: &str, class: Class) -> Option<Self> {
        let (quantity, rest) = match name {
            "all_equal" => (Quantity::All, "equals"),
            "none_equal" => (Quantity::None, "equals"),
            "superset_of" | "has_all_in" => (Quantity::Superset, "in"),
            name => PREFIXES
                .iter()
                .find_map(|(prefix, quantity)| name.strip_prefix(prefix).map(|rest| (*quantity, rest)))
                .unwrap_or((Quantity::Any, name)),
        };
        let is_plain = rest == name;
        let listed =
            families(class).iter().any(|family| family.contains(&if is_plain { name } else { rest }));
        let allowed = if is_plain { listed } else { is_list(class) && (listed || LIST.contains(&name)) };
        let (negated, test) = match rest {
            "is_not_null" => (true, Test::IsNull),
            rest => match rest.strip_prefix("not_") {
                Some(positive) => (true, Test::parse(positive)?),
                None => (false, Test::parse(rest)?),
            },
        };
        allowed.then_some(Self { quantity, negated, test })
    }

    /// The names that a class allows, in the form of the vendor's messages.
    pub(in crate::xdome) fn choices(class: Class) -> String {
        let mut names: Vec<String> =
            families(class).iter().flat_map(|family| family.iter().map(|name| (*name).to_owned())).collect();
        if is_list(class) {
            let prefixed = PREFIXES.iter().flat_map(|(prefix, _)| {
                names.iter().filter(|name| !name.ends_with("null")).map(move |name| format!("{prefix}{name}"))
            });
            let prefixed: Vec<String> = prefixed.collect();
            names.extend(LIST.iter().map(|name| (*name).to_owned()));
            names.extend(prefixed);
        }
        choices(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The required shape of the operand.
    pub(in crate::xdome) fn shape(self) -> Shape {
        match self.test {
            Test::IsNull => Shape::Nothing,
            Test::In => Shape::List,
            Test::Between => Shape::Pair,
            Test::InSubnet => Shape::ScalarOrList,
            _ => Shape::Scalar,
        }
    }

    /// Whether the operation names single values that must be equal.
    pub(in crate::xdome) fn names_values(self) -> bool {
        self.quantity == Quantity::Any && !self.negated && matches!(self.test, Test::In | Test::Equals)
    }

    /// Whether a value passes. `now` is the vendor's time.
    pub(in crate::xdome) fn passes(self, value: &Value, operand: &Value, now: i64) -> bool {
        let one = std::slice::from_ref(value);
        let entries = value.as_array().map_or(one, Vec::as_slice);
        if self.test == Test::IsNull {
            return entries.iter().all(Value::is_null) != self.negated;
        }
        let passes = |entry: &Value| self.test.passes(entry, operand, now);
        let found = match self.quantity {
            Quantity::Any => entries.iter().any(passes),
            Quantity::None => !entries.iter().any(passes),
            Quantity::All => entries.iter().all(passes),
            Quantity::Superset => {
                operand.as_array().is_some_and(|wanted| wanted.iter().all(|value| entries.contains(value)))
            }
        };
        found != self.negated
    }
}

impl Test {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "equals" => Self::Equals,
            "in" => Self::In,
            "contains" => Self::Contains,
            "starts_with" => Self::StartsWith,
            "ends_with" => Self::EndsWith,
            "is_null" => Self::IsNull,
            "greater" | "after" => Self::Greater,
            "greater_or_equal" => Self::GreaterOrEqual,
            "less" | "before" => Self::Less,
            "less_or_equal" => Self::LessOrEqual,
            "between" => Self::Between,
            "after_seconds_ago" => Self::AfterSecondsAgo,
            "before_seconds_ago" => Self::BeforeSecondsAgo,
            "after_seconds_from_now" => Self::AfterSecondsFromNow,
            "before_seconds_from_now" => Self::BeforeSecondsFromNow,
            "in_subnet" => Self::InSubnet,
            _ => return None,
        })
    }

    fn passes(self, value: &Value, operand: &Value, now: i64) -> bool {
        let texts = || value.as_str().zip(operand.as_str());
        let compared = |operand: &Value| compare(value, operand);
        let relative = |sign: i64, wanted: Ordering| {
            let moment = seconds(value).zip(operand.as_f64());
            moment.is_some_and(|(moment, offset)| {
                moment.total_cmp(&(now as f64 + sign as f64 * offset)) == wanted
            })
        };
        match self {
            Self::Equals => same(value, operand),
            Self::In => operand.as_array().is_some_and(|list| list.iter().any(|one| same(value, one))),
            Self::Contains => texts().is_some_and(|(value, part)| value.contains(part)),
            Self::StartsWith => texts().is_some_and(|(value, part)| value.starts_with(part)),
            Self::EndsWith => texts().is_some_and(|(value, part)| value.ends_with(part)),
            Self::IsNull => value.is_null(),
            Self::Greater => compared(operand) == Some(Ordering::Greater),
            Self::GreaterOrEqual => compared(operand).is_some_and(Ordering::is_ge),
            Self::Less => compared(operand) == Some(Ordering::Less),
            Self::LessOrEqual => compared(operand).is_some_and(Ordering::is_le),
            Self::Between => match operand.as_array().map(Vec::as_slice) {
                Some([from, to]) => {
                    compared(from).is_some_and(Ordering::is_ge) && compared(to).is_some_and(Ordering::is_le)
                }
                _ => false,
            },
            Self::AfterSecondsAgo => relative(-1, Ordering::Greater),
            Self::BeforeSecondsAgo => relative(-1, Ordering::Less),
            Self::AfterSecondsFromNow => relative(1, Ordering::Greater),
            Self::BeforeSecondsFromNow => relative(1, Ordering::Less),
            Self::InSubnet => in_subnet(value, operand),
        }
    }
}

fn is_list(class: Class) -> bool {
    matches!(class, Class::List | Class::OrderedList | Class::DateList | Class::AddressList)
}

fn families(class: Class) -> &'static [&'static [&'static str]] {
    match class {
        Class::Text | Class::List => &[TEXT],
        Class::Flag => &[FLAG],
        Class::Number | Class::OrderedList => &[TEXT, ORDER],
        Class::Date => &[FLAG, ORDER, TIME],
        Class::DateList => &[TEXT, ORDER, TIME],
        Class::AddressList => &[TEXT, SUBNET],
        Class::Deprecated => &[],
    }
}

/// Equal values; times are equal when they are the same moment.
fn same(value: &Value, operand: &Value) -> bool {
    value == operand || compare(value, operand) == Some(Ordering::Equal)
}

fn compare(value: &Value, operand: &Value) -> Option<Ordering> {
    if let (Some(value), Some(operand)) = (value.as_f64(), operand.as_f64()) {
        return value.partial_cmp(&operand);
    }
    let (value_text, operand_text) = (value.as_str()?, operand.as_str()?);
    match seconds(value).zip(seconds(operand)) {
        Some((value, operand)) => value.partial_cmp(&operand),
        None => Some(value_text.cmp(operand_text)),
    }
}

fn seconds(value: &Value) -> Option<f64> {
    let text = value.as_str().filter(|text| text.as_bytes().get(10) == Some(&b'T'))?;
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.as_microsecond() as f64 / 1e6)
}

fn in_subnet(value: &Value, operand: &Value) -> bool {
    let inside = |network: &Value| {
        let (base, length) = network.as_str()?.split_once('/')?;
        let (base, length): (Ipv4Addr, u32) = (base.parse().ok()?, length.parse().ok()?);
        let address: Ipv4Addr = value.as_str()?.split(' ').next()?.parse().ok()?;
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(length)?).unwrap_or(0);
        Some(base.to_bits() & mask == address.to_bits() & mask)
    };
    let networks = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
    networks.iter().any(|network| inside(network) == Some(true))
}
