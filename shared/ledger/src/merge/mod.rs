//! All staged records of a run in key order, each key once.

mod sorted_run;

pub use sorted_run::{MERGE_BYTES, SortedRun, sorted_runs};

use crate::cursor::Cursor;
use crate::line::Line;
use causeway_domain::{Failure, VendorKey};
use causeway_ports::Objects;
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

/// Runs that are read before the merge reaches them.
const AHEAD: usize = 2;

/// What reading ahead may hold of one run, in unpacked bytes; a larger one is read when it is needed.
const AHEAD_BYTES: u64 = 16 << 20;

/// A staged record.
#[derive(Debug, Clone)]
pub struct StagedLine {
    /// The line.
    pub line: Line,
    /// Whether it came only as the answer to a question for it.
    pub when_asked: bool,
}

/// The first line of an open run that was not handed out yet.
struct Head {
    line: Line,
    /// Answers a question, and when it was observed.
    age: (bool, Timestamp),
    slot: usize,
}

/// A merge over sorted runs.
pub struct Staged {
    objects: Arc<dyn Objects>,
    waiting: VecDeque<SortedRun>,
    ahead: VecDeque<(Cursor, SortedRun)>,
    open: Vec<Option<(Cursor, SortedRun)>>,
    /// The smallest key on top.
    heads: BinaryHeap<Head>,
}

impl Staged {
    /// A merge over `runs`, which are sorted by their first key.
    pub fn new(objects: &Arc<dyn Objects>, runs: Vec<SortedRun>) -> Self {
        let (waiting, ahead, open) = (runs.into(), VecDeque::new(), Vec::new());
        Self { objects: Arc::clone(objects), waiting, ahead, open, heads: BinaryHeap::new() }
    }

    /// The next record, or `None` after the last.
    pub async fn next(&mut self) -> Result<Option<StagedLine>, Failure> {
        self.open_reached().await?;
        let Some((line, mut when_asked)) = self.take().await? else { return Ok(None) };
        loop {
            self.open_reached().await?;
            if self.heads.peek().is_none_or(|head| head.line.cmp_line(&line).is_ne()) {
                break;
            }
            when_asked &= self.take().await?.is_none_or(|(_, asked)| asked);
        }
        Ok(Some(StagedLine { line, when_asked }))
    }

    /// The smallest head and whether it answers a question; in its place comes the next line of its run.
    async fn take(&mut self) -> Result<Option<(Line, bool)>, Failure> {
        let Some(mut top) = self.heads.peek_mut() else { return Ok(None) };
        let (slot, (asked, _)) = (top.slot, top.age);
        if let Some(Some((cursor, _))) = self.open.get_mut(slot)
            && let Some(next) = cursor.at_hand()?
        {
            return Ok(Some((std::mem::replace(&mut top.line, next), asked)));
        }
        let Head { line, .. } = PeekMut::pop(top);
        self.advance(slot).await?;
        Ok(Some((line, asked)))
    }

    /// Opens every waiting run that may hold the smallest key.
    async fn open_reached(&mut self) -> Result<(), Failure> {
        loop {
            self.read_ahead();
            let Some((_, next)) = self.ahead.front() else { return Ok(()) };
            if self.heads.peek().is_some_and(|head| head.line.cmp_key(&next.range.0).is_lt()) {
                return Ok(());
            }
            let slot = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
            if slot == self.open.len() {
                self.open.push(None);
            }
            if let Some(place) = self.open.get_mut(slot) {
                *place = self.ahead.pop_front();
            }
            self.advance(slot).await?;
        }
    }

    fn read_ahead(&mut self) {
        while self.ahead.len() < AHEAD
            && let Some(run) = self.waiting.pop_front()
        {
            let mut cursor = Cursor::new(&self.objects, run.objects.clone());
            if run.open_bytes <= AHEAD_BYTES {
                cursor.read_ahead();
            }
            self.ahead.push_back((cursor, run));
        }
    }

    /// Reads the next head of the run in `slot`, or closes it.
    async fn advance(&mut self, slot: usize) -> Result<(), Failure> {
        let Some(Some((cursor, run))) = self.open.get_mut(slot) else { return Ok(()) };
        let age = (run.asked, run.observed_at);
        if let Some(line) = cursor.next().await? {
            self.heads.push(Head { line, age, slot });
        } else if let Some(place) = self.open.get_mut(slot) {
            *place = None;
        }
        Ok(())
    }
}

impl Head {
    /// By key; among equal keys an answer to a question for it comes first, which is asked when the pages are read, then
    /// the one observed last, then the greater text, so that the order in which pages arrived cannot matter (I-6).
    fn rank(&self, other: &Self) -> Ordering {
        let by_age = || other.age.cmp(&self.age);
        let by_text = || other.line.text.cmp(&self.line.text);
        let by_slot = || self.slot.cmp(&other.slot);
        self.line.cmp_line(&other.line).then_with(by_age).then_with(by_text).then_with(by_slot)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.rank(other).is_eq()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The heap has its greatest on top.
impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank(self)
    }
}

/// The source of a staged record.
#[derive(Debug, PartialEq, Eq)]
pub enum MadeOf {
    /// The row with this key.
    Row(Vec<String>),
    /// A row whose key is not recorded, as its first record.
    First,
    /// Such a row, as a later record.
    Another,
}

impl StagedLine {
    /// The vendor's row that this record was made of: its key, or, where it has none, whether it is the row's first record.
    pub fn row(&self) -> Result<MadeOf, Failure> {
        #[derive(serde::Deserialize)]
        struct Part {
            #[serde(default)]
            part: u16,
            #[serde(default)]
            vendor_key: Option<VendorKey>,
        }
        let part: Part = serde_json::from_slice(&self.line.text)
            .map_err(|error| crate::damaged("staged record", &error.to_string()))?;
        Ok(match part.vendor_key {
            Some(key) => MadeOf::Row(key.texts()),
            None if part.part == 0 => MadeOf::First,
            None => MadeOf::Another,
        })
    }
}

#[cfg(test)]
mod tests;
