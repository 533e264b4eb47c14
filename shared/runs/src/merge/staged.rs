//! All staged records of a run in key order, each key once.

use super::cursor::{Cursor, Keyed};
use super::pages::SortedRun;
use bytes::Bytes;
use causeway_domain::{Failure, FindingKey};
use causeway_ports::Objects;
use causeway_reconcile::mutant;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// A staged record.
#[derive(Debug, Clone)]
pub(crate) struct StagedLine {
    pub(crate) keyed: Keyed,
    /// Whether it came only as the answer to a question for it.
    pub(crate) when_asked: bool,
}

/// Heads of the open runs, ordered by key; among equal keys an answer to a question for it comes first, which is asked
/// when the pages are read, then the one observed last, then the greater text, so that the order in which pages arrived
/// cannot matter (I-6).
type Head = (FindingKey, Reverse<(bool, Timestamp)>, Reverse<Bytes>, usize);

/// A merge over sorted runs.
pub(crate) struct Staged {
    waiting: VecDeque<SortedRun>,
    open: Vec<Option<(Cursor, SortedRun)>>,
    heads: BTreeMap<Head, Keyed>,
}

impl Staged {
    /// A merge over `runs`, which are sorted by their first key.
    pub(crate) fn new(runs: Vec<SortedRun>) -> Self {
        Self { waiting: runs.into(), open: Vec::new(), heads: BTreeMap::new() }
    }

    /// The next record, or `None` after the last.
    pub(crate) async fn next(&mut self, objects: &dyn Objects) -> Result<Option<StagedLine>, Failure> {
        self.open_reached(objects).await?;
        let Some((head, winner)) = self.heads.pop_first() else { return Ok(None) };
        let mut when_asked = self.asked(head.3);
        self.advance(head.3, objects).await?;
        loop {
            self.open_reached(objects).await?;
            let Some(entry) = self.heads.first_entry() else { break };
            if entry.key().0 != winner.key {
                break;
            }
            let ((.., slot), _) = entry.remove_entry();
            when_asked &= self.asked(slot);
            self.advance(slot, objects).await?;
        }
        Ok(Some(StagedLine { keyed: winner, when_asked }))
    }

    fn asked(&self, slot: usize) -> bool {
        self.open.get(slot).and_then(Option::as_ref).is_some_and(|(_, run)| run.asked)
    }

    /// Opens every waiting run that may hold the smallest key.
    async fn open_reached(&mut self, objects: &dyn Objects) -> Result<(), Failure> {
        while let Some(run) = self.waiting.front() {
            if self.heads.first_key_value().is_some_and(|(head, _)| head.0 < run.range.0) {
                break;
            }
            let Some(run) = self.waiting.pop_front() else { break };
            let cursor = Cursor::new(run.objects.clone());
            let slot = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
            if slot == self.open.len() {
                self.open.push(None);
            }
            if let Some(place) = self.open.get_mut(slot) {
                *place = Some((cursor, run));
            }
            self.advance(slot, objects).await?;
        }
        Ok(())
    }

    /// Reads the next head of the run in `slot`, or closes it.
    async fn advance(&mut self, slot: usize, objects: &dyn Objects) -> Result<(), Failure> {
        let Some(Some((cursor, run))) = self.open.get_mut(slot) else { return Ok(()) };
        let timeless = mutant::on("takes-any-record-of-a-key");
        let observed_at = if timeless { Timestamp::UNIX_EPOCH } else { run.observed_at };
        let age = (run.asked, observed_at);
        if let Some(keyed) = cursor.next(objects).await? {
            // Ties of key and time are as rare as they are cheap to settle; only then is the text compared.
            let head = (keyed.key.clone(), Reverse(age), Reverse(keyed.line.clone()), slot);
            self.heads.insert(head, keyed);
        } else if let Some(place) = self.open.get_mut(slot) {
            *place = None;
        }
        Ok(())
    }
}

impl StagedLine {
    /// Whether this is the first record made of its vendor row.
    pub(crate) fn first_part(&self) -> Result<bool, Failure> {
        #[derive(serde::Deserialize)]
        struct Part {
            #[serde(default)]
            part: u16,
        }
        let part: Part = serde_json::from_slice(&self.keyed.line)
            .map_err(|error| crate::store::damaged("staged record", &error.to_string()))?;
        Ok(part.part == 0)
    }
}
