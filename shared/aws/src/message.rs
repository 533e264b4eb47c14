//! Attributes of SQS messages.

use crate::Arrived;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most bytes of a message, and of a batch, with all attributes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// When a message with a chained delay is due, in milliseconds since 1970.
pub(crate) const DUE: &str = "due";
/// How often a message was received in the form it had before it was sent on.
const RECEIVES: &str = "receives";
/// Why a message was dead-lettered.
const REASON: &str = "reason";

/// Longest reason, in bytes.
const MAX_REASON: usize = 1024;

/// Attributes by name.
pub(crate) type Attributes = BTreeMap<&'static str, String>;

/// State that a message carries over from the one it continues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) due: Option<Timestamp>,
    pub(crate) receives: u32,
}

impl Carried {
    /// Attributes that are not ours count as absent.
    pub(crate) fn read(attributes: &BTreeMap<String, String>) -> Self {
        let number = |name: &str| attributes.get(name)?.parse::<i64>().ok();
        let due = number(DUE).and_then(|due| Timestamp::from_millisecond(due).ok());
        let receives = number(RECEIVES).and_then(|receives| u32::try_from(receives).ok());
        Self { due, receives: receives.unwrap_or(0) }
    }

    /// What the next message carries but for its due time. Being received only to be sent on does not count.
    pub(crate) fn on(self) -> Attributes {
        let counted = (self.receives > 0).then(|| (RECEIVES, self.receives.to_string()));
        counted.into_iter().collect()
    }
}

/// The attributes of a dead letter, as far as they fit next to its text.
pub(crate) fn told(body: &str, reason: &str, receives: u32) -> Attributes {
    let mut told = Attributes::from([(RECEIVES, receives.to_string())]);
    let room = MAX_BYTES.saturating_sub(body.len() + size(&told) + REASON.len() + TYPE);
    let mut reason: String = reason.chars().map(|c| if is_allowed(c) { c } else { ' ' }).collect();
    reason.truncate(reason.floor_char_boundary(room.min(MAX_REASON)));
    if !reason.is_empty() {
        told.insert(REASON, reason);
    }
    if body.len() + size(&told) > MAX_BYTES {
        told.clear();
    }
    told
}

/// Bytes of the longer name of a type of attribute, `Number` or `String`.
const TYPE: usize = 6;

/// Bytes of attributes as SQS counts them: name, type and value.
pub(crate) fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + TYPE + value.len()).sum()
}

/// Whether an attribute is a number.
pub(crate) fn is_number(name: &str) -> bool {
    name != REASON
}

/// Characters that SQS takes, which are those of XML.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A message as the SDK gives it.
pub(crate) fn arrived(message: Message) -> Arrived {
    let count = message.attributes.as_ref();
    let count = count.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    let attributes = message.message_attributes.unwrap_or_default().into_iter();
    Arrived {
        receives: count.and_then(|count| count.parse().ok()).unwrap_or(1),
        attributes: attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
        body: message.body.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

/// Whole seconds, rounded up.
pub(crate) fn seconds(pause: Duration) -> i32 {
    i32::try_from(pause.as_millis().div_ceil(1000)).unwrap_or(i32::MAX)
}

/// A queue as people know it: by its name.
pub(crate) fn subject(url: &str) -> String {
    format!("queue {}", url.rsplit('/').next().unwrap_or(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_tells_its_reason_as_far_as_there_is_room() {
        let told_of = |body: usize, reason: &str| told(&"x".repeat(body), reason, 3);
        assert_eq!(told_of(10, "403\u{1} from the vendor")[REASON], "403  from the vendor");
        assert_eq!(told_of(10, &"ä".repeat(1000))[REASON].len(), MAX_REASON);
        assert_eq!(told_of(10, "").get(REASON), None);
        for body in MAX_BYTES - 60..=MAX_BYTES {
            let told = told_of(body, "ä reason that is longer than what is left");
            assert!(body + size(&told) <= MAX_BYTES, "{body}: {told:?}");
        }
        assert!(told_of(MAX_BYTES, "reason").is_empty());
    }

    #[test]
    fn attributes_of_others_count_as_absent() {
        let read =
            |name: &str, value: &str| Carried::read(&BTreeMap::from([(name.to_owned(), value.to_owned())]));
        for (name, value) in [("due", "soon"), ("due", "9223372036854775807"), ("receives", "-1"), ("x", "1")]
        {
            assert_eq!(read(name, value), Carried::default(), "{name} {value}");
        }
        assert_eq!(read("due", "1500").due, Timestamp::from_millisecond(1_500).ok());
    }

    #[test]
    fn pauses_are_never_shorter_than_asked() {
        assert_eq!([0, 1, 999, 1000, 1001].map(|ms| seconds(Duration::from_millis(ms))), [0, 1, 1, 1, 2]);
    }
}
