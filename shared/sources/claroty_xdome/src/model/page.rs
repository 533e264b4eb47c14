//! Makes records and rejects of the rows of one answer.

use super::answer::Reading;
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

/// Bytes of a staged line besides the texts of its record: names and punctuation, hash and part, with room for escapes.
const FRAME: usize = 256;

/// The place of an answer in its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) stream: Stream,
    /// Rows of the page before those of the answer.
    pub(super) first_row: u64,
    /// Whether a run kept the answer: earlier versions put rows of their own into it.
    pub(super) kept: bool,
}

/// The records and rejects so far, and the memory that each row uses again.
#[derive(Debug)]
pub(super) struct Page<'a> {
    place: Place,
    applier: Applier<'a>,
    places: Places,
    rows: Vec<&'a str>,
    parts: Vec<Cow<'a, str>>,
    finding: String,
    /// Bytes of the records when staged, at most.
    staged: u64,
    repeats_key: bool,
    done: Transformed,
}

impl<'a> Page<'a> {
    /// No rows yet. The size of the answer, `bytes`, decides how much memory is allocated at once.
    pub(super) fn new(place: Place, map: &'a CompiledMap, bytes: usize) -> Self {
        // Most rows become one or two records, with the texts of the row and the names of the targets.
        let room = usize::try_from(MAX_STAGED_BYTES).unwrap_or(usize::MAX);
        let records = Records::with_capacity(bytes.saturating_mul(2).min(room));
        let applier = map.applier();
        Self {
            place,
            places: Places::new(place.stream, &applier),
            applier,
            rows: Vec::new(),
            parts: Vec::new(),
            finding: String::new(),
            staged: 0,
            repeats_key: false,
            done: Transformed { records, ..Transformed::default() },
        }
    }

    /// Makes the records of the row at `cutter` and passes it. `None` if it cannot be cut or the page is full.
    pub(super) fn cut_row(&mut self, cutter: &mut Cutter<'a>) -> Option<()> {
        if !cutter.next_is(b'{') {
            return self.read_row(cutter.value()?.text);
        }
        let start = cutter.position();
        self.applier.cut(cutter)?;
        self.row(cutter.since(start)?, Ok(()))
    }

    /// Makes the records of the row `raw`. `None` if the page is full.
    pub(super) fn read_row(&mut self, raw: &'a str) -> Option<()> {
        let Place { stream, kept, .. } = self.place;
        if let Some(unread) = UnreadRow::stood_for(stream, raw).filter(|_| kept) {
            let (key, reject) = unread.reject(stream, self.next_row());
            self.rows.push(raw);
            self.done.row_keys.push(key);
            self.done.rejects.push(reject);
            return Some(());
        }
        let read = self.applier.read(raw);
        self.row(raw, read)
    }

    /// The records and rejects of all rows, with the vendor's count of rows.
    pub(super) fn end(self, vendor_count: Option<u64>) -> Reading {
        let (fetched, fields) = (self.rows.len() as u64, sample(&self.rows));
        Reading {
            done: Transformed { fetched, vendor_count, fields, ..self.done },
            staged: self.staged,
            repeats_key: self.repeats_key,
        }
    }

    fn next_row(&self) -> u64 {
        self.place.first_row.saturating_add(self.rows.len() as u64)
    }

    fn is_full(&self) -> bool {
        self.staged >= MAX_STAGED_BYTES
    }

    fn row(&mut self, raw: &'a str, read: Result<(), RowFailure>) -> Option<()> {
        let number = self.next_row();
        self.rows.push(raw);
        let read = read.map_err(|failure| failure.to_string());
        let (applier, parts) = (&self.applier, &mut self.parts);
        let row = match read.and_then(|()| Row::read(self.place.stream, applier, &self.places, parts)) {
            Ok(row) => row,
            Err(reason) => {
                let key = RowKey::keyless(short_hex(&blake3::hash(raw.as_bytes())));
                let asset = asset_of(self.place.stream, &self.applier, raw);
                let reason = format!("{reason} (row {number}, {key})");
                let (finding, vendor_key, unread) = (None, None, false);
                self.done.rejects.push(Reject { asset, finding, vendor_key, row: number, unread, reason });
                self.done.row_keys.push(key);
                return Some(());
            }
        };
        self.done.row_keys.push(row.key());
        self.repeats_key |= row.repeats_key;
        let before = self.done.records.len();
        match self.map(&row) {
            Ok(_) if self.is_full() => return None,
            Ok(applied) => {
                self.done.unreadable.add(&applied.unreadable);
                if number == 0 {
                    self.done.unreadable_first = applied.unreadable;
                }
            }
            Err(failure) => {
                self.done.records.truncate(before);
                self.done.rejects.push(row.reject(number, &failure));
            }
        }
        Some(())
    }

    /// Makes the records of a row until the page is full. Remarks on the first record are those on the row.
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
            self.staged = self.staged.saturating_add(bytes as u64);
            if self.staged >= MAX_STAGED_BYTES {
                break;
            }
        }
        Ok(first)
    }
}

/// The fields of a few rows, evenly spread: each of these is parsed a second time.
fn sample(rows: &[&str]) -> FieldsSeen {
    let mut seen = FieldsSeen::default();
    let every = rows.len().div_ceil(SAMPLED_ROWS).max(1);
    rows.iter().step_by(every).for_each(|row| seen.observe(row));
    seen
}
