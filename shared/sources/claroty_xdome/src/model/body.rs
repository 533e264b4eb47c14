//! The envelope of an answer: the list of rows, each still JSON text, and the count.

use causeway_domain::{Failure, FailureKind, Stream};
use causeway_maps::json::{self, Cutter};
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
    /// `TruncatedAnswer` when it ends in the middle, `MalformedAnswer` when it is not the promised list; neither
    /// quotes values of the body.
    pub(super) fn read(stream: Stream, text: &'b str) -> Result<Self, Failure> {
        let envelope: Envelope<'b> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() || ends_in_the_middle(text, &error) {
                return truncated(stream, text.len());
            }
            // The error's own text may quote the body.
            let (line, column) = (error.line(), error.column());
            malformed(stream, format!("not the promised JSON at line {line}, column {column}"))
        })?;
        let rows = match stream {
            Stream::Assets => envelope.devices,
            Stream::Findings => envelope.devices_vulnerabilities,
        };
        match rows {
            Some(rows) => Ok(Self { rows, count: envelope.count }),
            None => {
                let others = in_words(&envelope.others);
                Err(malformed(stream, format!("no `{}` in it, but {others}", list_of(stream))))
            }
        }
    }
}

/// The JSON text of an answer's body.
///
/// # Errors
/// As [`Body::read`], for what is no text; `UnexpectedAnswer` for HTML.
pub(super) fn text(stream: Stream, body: &[u8]) -> Result<&str, Failure> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) if error.error_len().is_none() => return Err(truncated(stream, body.len())),
        Err(error) => return Err(malformed(stream, format!("not UTF-8 at byte {}", error.valid_up_to()))),
    };
    if text.trim_start().starts_with('<') {
        let detail = "HTML or XML instead of JSON";
        return Err(Failure::new(FailureKind::UnexpectedAnswer, format!("answer with {stream}"), detail));
    }
    Ok(text)
}

/// Goes over `text` once and calls `row` where each row begins, which has to pass it. Gives the vendor's count. `None`
/// when anything is not as usual: [`Body::read`] then tells whether it is wrong.
pub(super) fn cut<'b>(
    stream: Stream,
    text: &'b str,
    mut row: impl FnMut(&mut Cutter<'b>) -> Option<()>,
) -> Option<Option<u64>> {
    let mut cutter = Cutter::new(text);
    let (mut vendor_count, mut found) = (None, false);
    cutter.take(b'{').then_some(())?;
    loop {
        match cutter.name()? {
            name if name == list_of(stream) && !found => {
                found = true;
                cutter.take(b'[').then_some(())?;
                while !cutter.take(b']') {
                    row(&mut cutter)?;
                    if !cutter.next_is(b']') {
                        cutter.take(b',').then_some(())?;
                        // A comma is followed by a row.
                        (!cutter.next_is(b']')).then_some(())?;
                    }
                }
            }
            "devices" | "devices_vulnerabilities" => return None,
            "count" => vendor_count = count(cutter.value()?.text),
            _ => {
                cutter.value()?;
            }
        }
        if cutter.take(b'}') {
            return (found && cutter.at_end()).then_some(vendor_count);
        }
        cutter.take(b',').then_some(())?;
    }
}

fn list_of(stream: Stream) -> &'static str {
    match stream {
        Stream::Assets => "devices",
        Stream::Findings => "devices_vulnerabilities",
    }
}

fn truncated(stream: Stream, bytes: usize) -> Failure {
    let detail = format!("the JSON ends after {bytes} bytes, in the middle");
    Failure::new(FailureKind::TruncatedAnswer, format!("answer with {stream}"), detail)
}

fn malformed(stream: Stream, detail: String) -> Failure {
    Failure::new(FailureKind::MalformedAnswer, format!("answer with {stream}"), detail)
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
