//! Pages as they are kept for replays.
//!
//! A page of one answer is kept as the vendor sent it. A page of several answers is a sequence of JSON texts (RFC 7464):
//! each begins with a record separator, which no JSON text contains. Answers are objects. Notes are lists, so neither is
//! taken for the other.

use super::unread_row::UnreadRow;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_ports::RawPage;
use serde::{Deserialize, Serialize};

/// One text of a page.
#[derive(Debug)]
pub(super) enum Part<Body> {
    /// An answer of the vendor.
    Answer(Body),
    /// A fact that no answer of the page contains.
    Note(Note),
}

/// A fact that no answer of a page contains.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Note {
    /// A row that breaks every answer that contains it.
    UnreadRow(UnreadRow),
    /// The vendor's count of all rows, from an answer that is not part of the page.
    Count(u64),
}

/// The first byte of each JSON text of a sequence.
const SEPARATOR: u8 = 0x1e;

/// The raw page of `parts`; their texts are not copied.
pub(super) fn raw_page(parts: Vec<Part<Bytes>>) -> RawPage {
    let alone = parts.len() == 1;
    let mut pieces = Vec::new();
    for part in parts {
        match part {
            Part::Answer(body) if alone => pieces.push(body),
            Part::Answer(body) => {
                pieces.extend([Bytes::from_static(&[SEPARATOR]), body, Bytes::from_static(b"\n")]);
            }
            Part::Note(note) => pieces.push(Bytes::from(note.text())),
        }
    }
    pieces.into_iter().collect()
}

/// The parts of the page that was kept as `text`.
///
/// # Errors
/// `MalformedAnswer` if a note is not one of these.
pub(super) fn parts(stream: Stream, text: &[u8]) -> Result<Vec<Part<&[u8]>>, Failure> {
    let Some(sequence) = text.strip_prefix(&[SEPARATOR]) else { return Ok(vec![Part::Answer(text)]) };
    let part =
        |text| Ok(if is_note(text) { Part::Note(Note::read(stream, text)?) } else { Part::Answer(text) });
    sequence.split(|byte| *byte == SEPARATOR).map(part).collect()
}

fn is_note(text: &[u8]) -> bool {
    text.starts_with(b"[")
}

impl Note {
    /// As text of a sequence.
    fn text(&self) -> String {
        // Nothing in a note can fail to be written.
        let json = serde_json::to_string(&[self]).unwrap_or_default();
        format!("{}{json}\n", char::from(SEPARATOR))
    }

    fn read(stream: Stream, text: &[u8]) -> Result<Self, Failure> {
        let unknown = |error: serde_json::Error| {
            let detail = format!("a note of a kept page cannot be read: column {}", error.column());
            Failure::new(FailureKind::MalformedAnswer, format!("answer with {stream}"), detail)
        };
        let [note] = serde_json::from_slice::<[Self; 1]>(text).map_err(unknown)?;
        Ok(note)
    }
}
