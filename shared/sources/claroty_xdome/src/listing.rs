//! Checks that a 200 is the requested list, without reading its rows.

use crate::endpoint::Endpoint;
use causeway_domain::FailureKind;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The facts about an answer before its rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Listing {
    /// Rows in it, `null` ones included; a `null` list has none.
    pub(crate) rows: u64,
    /// The vendor's count of all rows in scope.
    pub(crate) count: Option<u64>,
}

impl Listing {
    /// Reads `body` to its end.
    ///
    /// # Errors
    /// With a description: `TruncatedAnswer` if it ends in the middle, `UnexpectedAnswer` if it is not a JSON object,
    /// `MalformedAnswer` if it is one but not the endpoint's list.
    pub(crate) fn read(endpoint: &Endpoint, body: &[u8]) -> Result<Self, (FailureKind, String)> {
        let malformed = |detail: String| (FailureKind::MalformedAnswer, detail);
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(b'[') => return Err(malformed("the answer is a JSON list, not an object".to_owned())),
            Some(_) => {
                return Err((FailureKind::UnexpectedAnswer, "the answer is not a JSON object".to_owned()));
            }
            None => return Err((FailureKind::TruncatedAnswer, "the answer is empty".to_owned())),
        }
        // Skipped rows are not decoded, so invalid UTF-8 is reported here, where a page can still be read in parts.
        let text = std::str::from_utf8(body)
            .map_err(|error| malformed(format!("the answer is not UTF-8 at byte {}", error.valid_up_to())))?;
        let envelope: Envelope = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() {
                (
                    FailureKind::TruncatedAnswer,
                    format!("the JSON ends after {} bytes, in the middle", body.len()),
                )
            } else {
                malformed(format!("the answer is not the promised JSON: {error}"))
            }
        })?;
        let rows = match endpoint.rows {
            "devices" => envelope.devices,
            _ => envelope.devices_vulnerabilities,
        };
        match (rows, envelope.detail.or(envelope.error)) {
            (Some(rows), _) => Ok(Self { rows, count: envelope.count.as_ref().and_then(whole_number) }),
            (None, Some(error)) => {
                Err(malformed(format!("a 200 that carries an error: {}", in_words(&error))))
            }
            (None, None) => Err(malformed(format!("the answer has no {:?}", endpoint.rows))),
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "row_count")]
    devices: Option<u64>,
    #[serde(default, deserialize_with = "row_count")]
    devices_vulnerabilities: Option<u64>,
    #[serde(default)]
    count: Option<Value>,
    #[serde(default)]
    detail: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// The vendor sometimes sends numbers as text.
fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn in_words(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        _ => "not given as text".to_owned(),
    }
}

/// `Some` if the member exists, even if it is `null`.
fn row_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Counting;
    impl<'de> Visitor<'de> for Counting {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of rows or null")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Some(0))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
            let mut counted = 0;
            while rows.next_element::<IgnoredAny>()?.is_some() {
                counted += 1;
            }
            Ok(Some(counted))
        }
    }
    deserializer.deserialize_any(Counting)
}

#[cfg(test)]
mod tests {
    use super::Listing;
    use crate::endpoint::{DEVICES, RELATIONS};

    #[test]
    fn a_list_is_told_from_everything_else() {
        let bodies = [
            r#"{"devices":[{"uid":"a"},null],"count":2}"#,
            r#"{"devices":[],"count":"17","unknown":{"x":1}}"#,
            r#"{"devices":null}"#,
            r#"{"devices":[{"uid":"a"},{"ui"#,
            "",
            r#"{"devices":{"uid":"a"}}"#,
            r#"{"devices_vulnerabilities":[]}"#,
            r#"{"detail":"Internal error, please retry"}"#,
            r#"{"error":{"code":7}}"#,
            r#"[{"uid":"a"}]"#,
            r#"{"devices":[}"#,
        ];
        let seen = bodies.map(|body| format!("{body}\n  → {:?}", Listing::read(&DEVICES, body.as_bytes())));
        insta::assert_snapshot!(seen.join("\n"));
        assert_eq!(Listing::read(&RELATIONS, br#"{"devices_vulnerabilities":[1]}"#).unwrap().rows, 1);
    }
}
