//! The envelope of an answer: the list of rows, each still JSON text, and the count.

use causeway_domain::{Failure, FailureKind, Stream};
use causeway_maps::json;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// An answer.
#[derive(Debug)]
pub(super) struct Body<'b> {
    /// Rows in the vendor's order, `null` ones included; a `null` list has none.
    pub(super) rows: Vec<&'b RawValue>,
    /// The vendor's count of all rows, when it gave one.
    pub(super) count: Option<u64>,
}

impl<'b> Body<'b> {
    /// Reads the envelope of `stream`.
    ///
    /// # Errors
    /// `TruncatedAnswer` when it ends in the middle, `UnexpectedAnswer` when it is not the promised list; neither
    /// quotes values of the body.
    pub(super) fn read(stream: Stream, body: &'b [u8]) -> Result<Self, Failure> {
        let failure = |kind, detail: String| Failure::new(kind, format!("answer with {stream}"), detail);
        let unexpected = |detail: String| failure(FailureKind::UnexpectedAnswer, detail);
        let truncated = || {
            let detail = format!("the JSON ends after {} bytes, in the middle", body.len());
            failure(FailureKind::TruncatedAnswer, detail)
        };
        let text = match std::str::from_utf8(body) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) if error.error_len().is_none() => return Err(truncated()),
            Err(error) => return Err(unexpected(format!("not UTF-8 at byte {}", error.valid_up_to()))),
        };
        if text.trim_start().starts_with('<') {
            return Err(unexpected("HTML or XML instead of JSON".to_owned()));
        }
        let envelope: Envelope<'b> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() || ends_in_the_middle(text, &error) {
                return truncated();
            }
            // The error's own text may quote the body.
            unexpected(format!("not the promised JSON at line {}, column {}", error.line(), error.column()))
        })?;
        let (name, rows) = match stream {
            Stream::Assets => ("devices", envelope.devices),
            Stream::Findings => ("devices_vulnerabilities", envelope.devices_vulnerabilities),
        };
        match rows {
            Some(rows) => Ok(Self { rows, count: envelope.count }),
            None => Err(unexpected(format!("no `{name}` in it, but {}", in_words(&envelope.others)))),
        }
    }
}

/// A body cut inside a number is a syntax error at its last byte to the parser.
fn ends_in_the_middle(text: &str, error: &serde_json::Error) -> bool {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    let at_the_end = error.line() == text.split('\n').count() && error.column() >= last_line.len();
    at_the_end && !text.ends_with('}')
}

fn in_words(names: &[String]) -> String {
    if names.is_empty() { "nothing else either".to_owned() } else { format!("`{}`", names.join("`, `")) }
}

#[derive(Debug, Default)]
struct Envelope<'b> {
    devices: Option<Vec<&'b RawValue>>,
    devices_vulnerabilities: Option<Vec<&'b RawValue>>,
    count: Option<u64>,
    others: Vec<String>,
}

/// Names of other members kept for the message, and letters of each.
const OTHERS: (usize, usize) = (5, 40);

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "devices" => rows(&mut map, &mut envelope.devices)?,
                        "devices_vulnerabilities" => rows(&mut map, &mut envelope.devices_vulnerabilities)?,
                        "count" => envelope.count = count(map.next_value::<&RawValue>()?.get()),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            if envelope.others.len() < OTHERS.0 {
                                envelope.others.push(name.chars().take(OTHERS.1).collect());
                            }
                        }
                    }
                }
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A second list of the same name would hide the rows of the first.
fn rows<'de, A: MapAccess<'de>>(map: &mut A, list: &mut Option<Vec<&'de RawValue>>) -> Result<(), A::Error> {
    let rows = map.next_value::<Option<Vec<&'de RawValue>>>()?.unwrap_or_default();
    match list.replace(rows) {
        Some(_) => Err(A::Error::custom("the list is there twice")),
        None => Ok(()),
    }
}

/// Numbers come as text at times.
fn count(raw: &str) -> Option<u64> {
    json::text_of(raw)?.trim().parse().ok()
}
