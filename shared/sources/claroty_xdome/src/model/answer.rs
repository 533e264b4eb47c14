//! The rows read from one answer or several, and the texts of the answers for replays.

use super::kept::{Note, Part, raw_page};
use super::unread_row::UnreadRow;
use bytes::Bytes;
use causeway_domain::page::MAX_STAGED_BYTES;
use causeway_domain::{Failure, FailureKind, RowKey, Stream};
use causeway_ports::{RawPage, Transformed};

/// An answer after the one pass over its text, which from then on is for the store only.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Milliseconds that the pass took.
    pub(crate) transform_ms: u64,
    reading: Reading,
    body: Bytes,
}

/// A page made of answers, and of rows that no answer can contain.
#[derive(Debug)]
pub(crate) struct Answers {
    stream: Stream,
    reading: Reading,
    parts: Vec<Part<Bytes>>,
    bytes: usize,
    transform_ms: u64,
}

/// Rows with their records and rejects.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) done: Transformed,
    /// Limit for the bytes of the records when staged.
    pub(super) staged: u64,
    /// Whether a row has a field of its key more than once, so that it is not certain which row it is.
    pub(super) repeats_key: bool,
}

impl Answer {
    pub(super) fn new(reading: Reading, body: Bytes) -> Self {
        Self { transform_ms: 0, reading, body }
    }

    /// Its rows, rejected ones included.
    pub(crate) fn rows(&self) -> u64 {
        self.reading.done.fetched
    }

    /// The vendor's count of all rows in scope.
    pub(crate) fn count(&self) -> Option<u64> {
        self.reading.done.vendor_count
    }

    /// Its rows with their records and rejects.
    pub(crate) fn into_transformed(self) -> Transformed {
        self.reading.done
    }
}

impl Answers {
    /// No rows of `stream` yet.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, reading: Reading::default(), parts: Vec::new(), bytes: 0, transform_ms: 0 }
    }

    /// Adds the rows of an answer, which was read as the continuation of these.
    ///
    /// # Errors
    /// `AnswerTooLarge` if the records of all answers exceed the limit of a page.
    pub(crate) fn add(&mut self, answer: Answer) -> Result<(), Failure> {
        self.bytes = self.bytes.saturating_add(answer.body.len());
        self.transform_ms = self.transform_ms.saturating_add(answer.transform_ms);
        self.parts.push(Part::Answer(answer.body));
        self.reading.append(self.stream, answer.reading)
    }

    /// Adds a row that no answer can contain.
    pub(crate) fn add_unread(&mut self, row: UnreadRow) {
        self.reading.add_unread(self.stream, &row);
        self.parts.push(Part::Note(Note::UnreadRow(row)));
    }

    /// Adds the vendor's count of all rows in scope, which came with none of these rows.
    pub(crate) fn add_count(&mut self, count: u64) {
        self.reading.done.vendor_count = Some(count);
        self.parts.push(Part::Note(Note::Count(count)));
    }

    /// Rows so far, rejected and unread ones included.
    pub(crate) fn rows(&self) -> u64 {
        self.reading.done.fetched
    }

    /// The vendor's count of all rows in scope.
    pub(crate) fn count(&self) -> Option<u64> {
        self.reading.done.vendor_count
    }

    /// Keys of the rows so far.
    pub(crate) fn row_keys(&self) -> &[RowKey] {
        &self.reading.done.row_keys
    }

    /// Whether a row has a field of its key more than once.
    pub(crate) fn repeats_key(&self) -> bool {
        self.reading.repeats_key
    }

    /// Unread rows so far.
    pub(crate) fn unread(&self) -> usize {
        self.reading.done.rejects.iter().filter(|reject| reject.unread).count()
    }

    /// Bytes of the answers so far.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Milliseconds that the passes over the answers took.
    pub(crate) fn transform_ms(&self) -> u64 {
        self.transform_ms
    }

    /// The rows with their records and rejects, and the page as it is kept.
    pub(crate) fn into_page(self) -> (Transformed, RawPage) {
        (self.reading.done, raw_page(self.parts))
    }
}

impl Reading {
    /// Adds the rows of `next`, which follow these.
    ///
    /// # Errors
    /// `AnswerTooLarge` if the records of both exceed the limit of a page.
    pub(super) fn append(&mut self, stream: Stream, next: Self) -> Result<(), Failure> {
        self.staged = self.staged.saturating_add(next.staged);
        self.repeats_key |= next.repeats_key;
        if self.staged >= MAX_STAGED_BYTES {
            return Err(too_large(stream));
        }
        self.done.append(next.done);
        Ok(())
    }

    /// Adds a row that no answer can contain.
    pub(super) fn add_unread(&mut self, stream: Stream, row: &UnreadRow) {
        let (key, reject) = row.reject(stream, self.done.fetched);
        self.done.fetched += 1;
        self.done.row_keys.push(key);
        self.done.rejects.push(reject);
    }
}

/// More records than a page may have.
pub(super) fn too_large(stream: Stream) -> Failure {
    let detail = format!("its records are more than {} MiB", MAX_STAGED_BYTES >> 20);
    Failure::new(FailureKind::AnswerTooLarge, format!("answer with {stream}"), detail)
}
