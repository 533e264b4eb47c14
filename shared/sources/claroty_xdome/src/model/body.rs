//! The envelope of an answer: the list of rows, each still JSON text, and the count.

use causeway_domain::{Failure, FailureKind, Stream};
use causeway_maps::json::{self, Cutter};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// An answer.
#[derive(Debug)]
pub(super) struct Body<'b> {
    /// Rows in the vendor's order, `null` ones included; a `null` list has none.
    pub(super) rows: Vec<&'b RawValue>,
    /// The vendor's count of all rows, if it gave one.
    pub(super) count: Option<u64>,
}

impl<'b> Body<'b> {
    /// Reads the envelope of `stream`.
    ///
    /// # Errors
    /// `TruncatedAnswer` if it ends in the middle, `MalformedAnswer` if it is not the promised list. What the vendor says in
    /// `detail` or `error` is quoted as a whole; no other value is.
    pub(super) fn read(stream: Stream, text: &'b str) -> Result<Self, Failure> {
        let envelope: Envelope<'b> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() || ends_in_the_middle(text, &error) {
                return truncated(stream, text.len());
            }
            // The error's own text may quote the body.
            let (line, column) = (error.line(), error.column());
            malformed(stream, format!("the answer is not the promised JSON at line {line}, column {column}"))
        })?;
        let rows = match stream {
            Stream::Assets => envelope.devices,
            Stream::Findings => envelope.devices_vulnerabilities,
        };
        match (rows, envelope.error) {
            (Some(rows), _) => Ok(Self { rows, count: envelope.count.flatten() }),
            (None, Some(error)) => {
                Err(malformed(stream, format!("a 200 that carries an error: {}", in_words(error))))
            }
            (None, None) => Err(malformed(stream, format!("the answer has no {:?}", list_name(stream)))),
        }
    }
}

/// The JSON text of an answer's body.
///
/// # Errors
/// As [`Body::read`]; `UnexpectedAnswer` if it does not come from the API.
pub(super) fn text(stream: Stream, body: &[u8]) -> Result<&str, Failure> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => {
            return Err(malformed(stream, "the answer is a JSON list, not an object".to_owned()));
        }
        Some(first) => {
            let markup = *first == b'<';
            let detail =
                if markup { "HTML or XML instead of JSON" } else { "the answer is not a JSON object" };
            return Err(Failure::new(FailureKind::UnexpectedAnswer, subject(stream), detail));
        }
        None => {
            return Err(Failure::new(FailureKind::TruncatedAnswer, subject(stream), "the answer is empty"));
        }
    }
    std::str::from_utf8(body).map_err(|error| match error.error_len() {
        None => truncated(stream, body.len()),
        Some(_) => malformed(stream, format!("the answer is not UTF-8 at byte {}", error.valid_up_to())),
    })
}

/// Makes one pass over `text`, calls `row` at the start of each row, which has to pass it, and returns the vendor's count.
/// `None` if anything is unusual: [`Body::read`] then decides whether it is wrong.
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
            name if name == list_name(stream) && !found => {
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
            "count" if vendor_count.is_none() => vendor_count = Some(count(cutter.value()?.text)),
            "count" => return None,
            _ => {
                cutter.value()?;
            }
        }
        if cutter.take(b'}') {
            return (found && cutter.at_end()).then_some(vendor_count.flatten());
        }
        cutter.take(b',').then_some(())?;
    }
}

/// Name of the list of rows in an answer.
pub fn list_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Assets => "devices",
        Stream::Findings => "devices_vulnerabilities",
    }
}

fn truncated(stream: Stream, bytes: usize) -> Failure {
    let detail = format!("the JSON ends after {bytes} bytes, in the middle");
    Failure::new(FailureKind::TruncatedAnswer, subject(stream), detail)
}

fn malformed(stream: Stream, detail: String) -> Failure {
    Failure::new(FailureKind::MalformedAnswer, subject(stream), detail)
}

fn subject(stream: Stream) -> String {
    format!("answer with {stream}")
}

/// A body cut inside a number is a syntax error at its last byte to the parser.
fn ends_in_the_middle(text: &str, error: &serde_json::Error) -> bool {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    let at_the_end = error.line() == text.split('\n').count() && error.column() >= last_line.len();
    at_the_end && !text.ends_with('}')
}

fn in_words(error: &RawValue) -> String {
    let text = Some(error.get()).filter(|raw| raw.starts_with('"')).and_then(json::text_of);
    text.map_or_else(|| "not given as text".to_owned(), Cow::into_owned)
}

#[derive(Debug, Default)]
struct Envelope<'b> {
    devices: Option<Vec<&'b RawValue>>,
    devices_vulnerabilities: Option<Vec<&'b RawValue>>,
    /// `Some(None)` if it is not a number.
    count: Option<Option<u64>>,
    /// The first of `detail` and `error`.
    error: Option<&'b RawValue>,
}

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
                        "count" => {
                            let found = count(map.next_value::<&RawValue>()?.get());
                            once(&mut envelope.count, found)?;
                        }
                        "detail" | "error" => {
                            let error = map.next_value::<Option<&RawValue>>()?;
                            envelope.error = envelope.error.or(error);
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

fn rows<'de, A: MapAccess<'de>>(map: &mut A, list: &mut Option<Vec<&'de RawValue>>) -> Result<(), A::Error> {
    let rows = map.next_value::<Option<Vec<&'de RawValue>>>()?.unwrap_or_default();
    once(list, rows)
}

/// A second member of the same name would hide the first.
fn once<T, E: Error>(member: &mut Option<T>, found: T) -> Result<(), E> {
    match member.replace(found) {
        Some(_) => Err(E::custom("a member is there twice")),
        None => Ok(()),
    }
}

/// The vendor sometimes sends numbers as text.
fn count(raw: &str) -> Option<u64> {
    json::text_of(raw)?.trim().parse().ok()
}
