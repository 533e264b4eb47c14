//! What kind of value a target holds. Vendors send a number as text and a name as a number; what goes on is exact.

use crate::json;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Kinds of JSON that a target may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whatever the map makes.
    Any,
    /// A text; numbers and truth values become their text.
    Text,
    /// A number, or a text that is one.
    Number,
    /// True or false, or a text that says so.
    Truth,
    /// Texts in lists of any depth; as for one text, and `null` for what is none.
    Texts,
}

impl Kind {
    /// The JSON `raw` as this kind: of a list its first value. `None` for what is of another kind.
    pub(crate) fn of(self, raw: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Any => return Some(raw.into()),
            Self::Texts => return Some(if are_texts(raw) { raw.into() } else { texts(raw).into() }),
            Self::Text | Self::Number | Self::Truth => {}
        }
        let single = match raw.starts_with('[') {
            true => json::elements(raw).flatten().find(|element| !json::is_blank(element))?,
            false => raw,
        };
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

fn are_texts(raw: &str) -> bool {
    json::elements(raw).flatten().all(|element| match element.as_bytes().first() {
        Some(b'[') => are_texts(element),
        first => first == Some(&b'"'),
    })
}

fn texts(raw: &str) -> String {
    if !raw.starts_with('[') {
        return Kind::Text.of(raw).map_or_else(|| "null".to_owned(), Cow::into_owned);
    }
    let elements = json::elements(raw).map(|element| element.map_or_else(|| "null".to_owned(), texts));
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

/// What the text in the JSON string `raw` is, in whatever case.
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
            (Kind::Text, "4711", Some("\"4711\"")),
            (Kind::Text, "true", Some("\"true\"")),
            (Kind::Text, "\"7.5\"", Some("\"7.5\"")),
            (Kind::Text, "[null,\"a\",\"b\"]", Some("\"a\"")),
            (Kind::Text, "[[\"a\"]]", None),
            (Kind::Text, "{\"a\":1}", None),
            (Kind::Number, "7.5", Some("7.5")),
            (Kind::Number, "\" 7.5 \"", Some("7.5")),
            (Kind::Number, "[\"-3\"]", Some("-3")),
            (Kind::Number, "\"high\"", None),
            (Kind::Number, "\"1e999\"", None),
            (Kind::Number, "true", None),
            (Kind::Truth, "false", Some("false")),
            (Kind::Truth, "\" True \"", Some("true")),
            (Kind::Truth, "\"maybe\"", None),
            (Kind::Truth, "1", None),
            (Kind::Any, "[1,{}]", Some("[1,{}]")),
            (Kind::Texts, "[\"a\",null,[\"b\"]]", Some("[\"a\",null,[\"b\"]]")),
            (Kind::Texts, "[7,{},[true,\"b\"],[]]", Some("[\"7\",null,[\"true\",\"b\"],[]]")),
            (Kind::Texts, "7", Some("\"7\"")),
        ];
        for (kind, raw, expected) in cases {
            assert_eq!(kind.of(raw).as_deref(), expected, "{raw} as {kind:?}");
        }
    }
}
