//! The rows of one answer, one after the other, into records and rejects.

use super::derived::push_finding_id;
use super::record::short_hex;
use super::row::{Places, Row, asset_of};
use super::unread_row::UnreadRow;
use causeway_domain::page::{MAX_STAGED_BYTES, Reject};
use causeway_domain::schema::{FieldsSeen, SAMPLED_ROWS};
use causeway_domain::{RowKey, Stream};
use causeway_maps::json::Cutter;
use causeway_maps::{Applied, Applier, CompiledMap, RowFailure};
use causeway_ports::{Records, Transformed};
use std::borrow::Cow;

/// Bytes of a staged line that are no text of its record: names and punctuation, hash and part, with room for escapes.
const FRAME: usize = 256;

/// What was made of the rows so far, and the memory that each row uses again.
#[derive(Debug)]
pub(super) struct Page<'a> {
    stream: Stream,
    applier: Applier<'a>,
    places: Places,
    rows: Vec<&'a str>,
    parts: Vec<Cow<'a, str>>,
    finding: String,
    /// Bytes that the page's records may still have.
    room: u64,
    done: Transformed,
}

impl<'a> Page<'a> {
    /// An empty page of `stream`; of a body of `bytes`, so that memory is asked for once.
    pub(super) fn new(stream: Stream, map: &'a CompiledMap, bytes: usize) -> Self {
        // Most rows become one record or two, with the texts of the row and the names of the targets.
        let room = usize::try_from(MAX_STAGED_BYTES).unwrap_or(usize::MAX);
        let records = Records::with_capacity(bytes.saturating_mul(2).min(room));
        let applier = map.applier();
        Self {
            stream,
            places: Places::new(stream, &applier),
            applier,
            rows: Vec::new(),
            parts: Vec::new(),
            finding: String::new(),
            room: MAX_STAGED_BYTES,
            done: Transformed { records, ..Transformed::default() },
        }
    }

    /// Passes the row where `cutter` stands and makes its records. `None` when it cannot be cut or the page is full.
    pub(super) fn cut_row(&mut self, cutter: &mut Cutter<'a>) -> Option<()> {
        if !cutter.next_is(b'{') {
            return self.read_row(cutter.value()?.text);
        }
        let start = cutter.position();
        self.applier.cut(cutter)?;
        self.row(cutter.since(start)?, Ok(()))
    }

    /// Makes the records of the row `raw`. `None` when the page is full.
    pub(super) fn read_row(&mut self, raw: &'a str) -> Option<()> {
        if let Some(unread) = UnreadRow::read(raw) {
            let (key, reject) = unread.reject(self.stream, self.rows.len() as u64);
            self.rows.push(raw);
            self.done.row_keys.push(key);
            self.done.rejects.push(reject);
            return Some(());
        }
        let read = self.applier.read(raw);
        self.row(raw, read)
    }

    /// What was made of all rows, and the vendor's count of them.
    pub(super) fn end(self, vendor_count: Option<u64>) -> Transformed {
        Transformed { fetched: self.rows.len() as u64, vendor_count, fields: sample(&self.rows), ..self.done }
    }

    fn row(&mut self, raw: &'a str, read: Result<(), RowFailure>) -> Option<()> {
        let number = self.rows.len();
        self.rows.push(raw);
        let read = read.map_err(|failure| failure.to_string());
        let (applier, parts) = (&self.applier, &mut self.parts);
        let row = match read.and_then(|()| Row::read(self.stream, applier, &self.places, parts)) {
            Ok(row) => row,
            Err(reason) => {
                let key = RowKey::keyless(short_hex(&blake3::hash(raw.as_bytes())));
                let asset = asset_of(self.stream, &self.applier, raw);
                let reason = format!("{reason} (row {number}, {key})");
                let row = number as u64;
                let (finding, vendor_key, unread) = (None, None, false);
                self.done.rejects.push(Reject { asset, finding, vendor_key, row, unread, reason });
                self.done.row_keys.push(key);
                return Some(());
            }
        };
        self.done.row_keys.push(row.key());
        let before = self.done.records.len();
        match self.map(&row) {
            Ok(_) if self.room == 0 => return None,
            Ok(applied) => {
                self.done.unreadable.add(&applied.unreadable);
                if number == 0 {
                    self.done.unreadable_first = applied.unreadable;
                }
            }
            Err(failure) => {
                self.done.records.truncate(before);
                self.done.rejects.push(row.reject(number as u64, &failure));
            }
        }
        Some(())
    }

    /// Makes the records of a row, as long as there is room. What is to be said of the first is said of the row.
    fn map(&mut self, row: &Row<'_>) -> Result<Applied, RowFailure> {
        let mut first = Applied::default();
        let Self { applier, finding, done, .. } = self;
        let records = &mut done.records;
        records.begin(&row.shared());
        for (part, name) in self.parts.iter().enumerate() {
            let applied = applier.apply(name, records.body())?;
            if part == 0 {
                first = applied;
            }
            finding.clear();
            push_finding_id(finding, &row.vulnerability, name);
            let bytes = records.push(finding, u16::try_from(part).unwrap_or(u16::MAX)) + FRAME;
            self.room = self.room.saturating_sub(bytes as u64);
            if self.room == 0 {
                break;
            }
        }
        Ok(first)
    }
}

/// The fields of a few rows, evenly spread: whatever is looked at here is parsed once more.
fn sample(rows: &[&str]) -> FieldsSeen {
    let mut seen = FieldsSeen::default();
    let every = rows.len().div_ceil(SAMPLED_ROWS).max(1);
    rows.iter().step_by(every).for_each(|row| seen.observe(row));
    seen
}
