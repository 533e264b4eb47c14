//! The kinds of values that targets hold. Vendors send a number as text and a name as a number; the output is exact.

use crate::bounds::MOST_LEVELS;
use crate::json;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Kinds of JSON that a target may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any value of the map.
    Any,
    /// Any value of the vendor that is not nested deeper than JSON readers accept.
    Open,
    /// A text; numbers and booleans are converted.
    Text,
    /// A number, or a text that is one.
    Number,
    /// A boolean, or a text that is one.
    Truth,
    /// Texts in lists of at most this depth; each converted like a single text, or `null` if that is impossible.
    Texts(usize),
}

impl Kind {
    /// The JSON `raw` as this kind; from a list, the first value that fits. `None` when there is none; counts values of
    /// another kind in `unreadable`.
    pub(crate) fn of<'r>(self, raw: &'r str, unreadable: &mut u32) -> Option<Cow<'r, str>> {
        match self {
            Self::Any => return Some(raw.into()),
            Self::Open => {
                let readable = !json::is_deeper_than(MOST_LEVELS, raw);
                *unreadable += u32::from(!readable);
                return readable.then(|| raw.into());
            }
            Self::Texts(depth) if are_texts(raw, depth) => return Some(raw.into()),
            Self::Texts(depth) => return Some(texts(raw, depth, unreadable).into()),
            Self::Text | Self::Number | Self::Truth => {}
        }
        for element in json::elements(raw).flatten().filter(|element| !json::is_blank(element)) {
            match self.of_one(element) {
                None => *unreadable += 1,
                found => return found,
            }
        }
        None
    }

    fn of_one(self, single: &str) -> Option<Cow<'_, str>> {
        match (self, single.as_bytes().first()?) {
            (Self::Text, b'"') | (Self::Number, b'-' | b'0'..=b'9') | (Self::Truth, b't' | b'f') => {
                Some(single.into())
            }
            (Self::Text, b'-' | b'0'..=b'9' | b't' | b'f') => Some(format!("\"{single}\"").into()),
            (Self::Number, b'"') => {
                said::<serde_json::Number>(single).map(|number| number.to_string().into())
            }
            (Self::Truth, b'"') => said::<bool>(single).map(|truth| truth.to_string().into()),
            _ => None,
        }
    }
}

fn are_texts(raw: &str, depth: usize) -> bool {
    json::elements(raw).flatten().all(|element| match element.as_bytes().first() {
        Some(b'[') => depth > 1 && are_texts(element, depth - 1),
        first => first == Some(&b'"'),
    })
}

fn texts(raw: &str, depth: usize, unreadable: &mut u32) -> String {
    if depth == 0 || !raw.starts_with('[') {
        return Kind::Text.of(raw, unreadable).map_or_else(|| "null".to_owned(), Cow::into_owned);
    }
    let elements = json::elements(raw).map(|element| match element {
        Some(element) => texts(element, depth - 1, unreadable),
        None => "null".to_owned(),
    });
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

/// The value that the JSON string `raw` spells, ignoring case.
fn said<T: DeserializeOwned>(raw: &str) -> Option<T> {
    let text: String = serde_json::from_str(raw).ok()?;
    serde_json::from_str(&text.trim().to_ascii_lowercase()).ok()
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn values_become_what_their_target_holds_or_are_none() {
        let cases = [
            (Kind::Text, "4711", Some("\"4711\""), 0),
            (Kind::Text, "true", Some("\"true\""), 0),
            (Kind::Text, "\"7.5\"", Some("\"7.5\""), 0),
            (Kind::Text, "[null,\"a\",\"b\"]", Some("\"a\""), 0),
            (Kind::Text, "[{},\"a\",{}]", Some("\"a\""), 1),
            (Kind::Text, "[[\"a\"]]", None, 1),
            (Kind::Text, "{\"a\":1}", None, 1),
            (Kind::Text, "[\"\"]", None, 0),
            (Kind::Number, "7.5", Some("7.5"), 0),
            (Kind::Number, "\" 7.5 \"", Some("7.5"), 0),
            (Kind::Number, "[\"-3\"]", Some("-3"), 0),
            (Kind::Number, "[\"N/A\",7]", Some("7"), 1),
            (Kind::Number, "\"high\"", None, 1),
            (Kind::Number, "\"1e999\"", None, 1),
            (Kind::Number, "true", None, 1),
            (Kind::Truth, "false", Some("false"), 0),
            (Kind::Truth, "\" True \"", Some("true"), 0),
            (Kind::Truth, "\"maybe\"", None, 1),
            (Kind::Truth, "1", None, 1),
            (Kind::Any, "[1,{}]", Some("[1,{}]"), 0),
            (Kind::Open, "[1,{}]", Some("[1,{}]"), 0),
            (Kind::Texts(2), "[\"a\",null,[\"b\"]]", Some("[\"a\",null,[\"b\"]]"), 0),
            (Kind::Texts(2), "[7,{},[true,\"b\"],[]]", Some("[\"7\",null,[\"true\",\"b\"],[]]"), 1),
            (Kind::Texts(2), "[[[\"a\",\"b\"],[{}]]]", Some("[[\"a\",null]]"), 1),
            (Kind::Texts(1), "[[\"a\",\"b\"],[[\"c\"]]]", Some("[\"a\",null]"), 1),
            (Kind::Texts(1), "7", Some("\"7\""), 0),
            (Kind::Texts(1), "{}", Some("null"), 1),
        ];
        for (kind, raw, expected, count) in cases {
            let mut unreadable = 0;
            assert_eq!(kind.of(raw, &mut unreadable).as_deref(), expected, "{raw} as {kind:?}");
            assert_eq!(unreadable, count, "{raw} as {kind:?}");
        }
    }

    #[test]
    fn lists_without_an_end_are_unreadable() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for kind in [Kind::Open, Kind::Text, Kind::Number, Kind::Truth, Kind::Texts(1), Kind::Texts(2)] {
            let mut unreadable = 0;
            let deep = nested(200_000);
            let made = kind.of(&deep, &mut unreadable);
            assert!(made.is_none_or(|made| made.len() < 20), "{kind:?}");
            assert_eq!(unreadable, 1, "{kind:?}");
        }
        assert!(Kind::Open.of(&nested(64), &mut 0).is_some());
        assert!(Kind::Open.of(&nested(65), &mut 0).is_none());
        let text = format!("{{\"a\":\"{}\\\"[\"}}", "[".repeat(100));
        assert!(Kind::Open.of(&text, &mut 0).is_some());
    }
}
