//! Staged records and ledger, joined by asset.

use crate::Engine;
use crate::confirm::Absences;
use crate::merge::{Cursor, Keyed, MERGE_BYTES, Staged, StagedLine, sorted_runs};
use crate::rejects::Blocked;
use crate::store::{damaged, require};
use bytes::Bytes;
use causeway_domain::layout::RunKeys;
use causeway_domain::plan::LedgerIndex;
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_ports::Objects;
use causeway_reconcile::{Absence, Entry, Group, Seen};
use std::collections::BTreeSet;

/// The join of all that is known of a connection's assets, one asset at a time.
pub(crate) struct Groups<'a> {
    objects: &'a dyn Objects,
    blocked: &'a Blocked,
    refused: BTreeSet<String>,
    staged: Staged,
    ledger: Cursor,
    absences: Absences,
    next_staged: Option<StagedLine>,
    next_known: Option<Keyed>,
}

/// One asset's lines, still as text.
#[derive(Debug, Default)]
pub(crate) struct AssetLines {
    asset: String,
    entries: Vec<EntryLines>,
    refused_before: bool,
}

#[derive(Debug)]
struct EntryLines {
    finding: String,
    seen: Option<(Bytes, bool)>,
    known: Option<Bytes>,
    absence: Absence,
    rejected: bool,
}

impl<'a> Groups<'a> {
    /// Joins `pages` with the ledger that the run started from.
    pub(crate) async fn new(
        engine: &'a Engine,
        manifest: &Manifest,
        pages: &[PageSummary],
        blocked: &'a Blocked,
        absences: Absences,
    ) -> Result<Self, Failure> {
        let objects = engine.objects.as_ref();
        let keys = RunKeys(&manifest.connection, &manifest.run);
        let (mut segments, mut refused) = (Vec::new(), BTreeSet::new());
        if let Some(ledger) = &manifest.ledger {
            let index: LedgerIndex = require(objects, &ledger.index).await?;
            segments = index.segments.into_iter().map(|segment| segment.key).collect();
            if let Some(undelivered) = &ledger.undelivered {
                refused = require(objects, undelivered).await?;
            }
        }
        let mut staged = Staged::new(sorted_runs(objects, keys, pages, MERGE_BYTES).await?);
        let mut ledger = Cursor::new(segments);
        let next_staged = staged.next(objects).await?;
        let next_known = ledger.next(objects).await?;
        Ok(Self { objects, blocked, refused, staged, ledger, absences, next_staged, next_known })
    }

    /// The next asset, in key order.
    pub(crate) async fn next(&mut self) -> Result<Option<AssetLines>, Failure> {
        let staged = self.next_staged.as_ref().map(|line| &line.keyed.key.asset);
        let known = self.next_known.as_ref().map(|keyed| &keyed.key.asset);
        let Some(asset) = staged.into_iter().chain(known).min().cloned() else { return Ok(None) };
        let refused_before = self.refused.contains(&asset);
        let mut lines = AssetLines { asset, entries: Vec::new(), refused_before };
        while let Some(entry) = self.entry(&lines.asset).await? {
            lines.entries.push(entry);
        }
        Ok(Some(lines))
    }

    /// The next record of `asset`, from either side or both.
    async fn entry(&mut self, asset: &str) -> Result<Option<EntryLines>, Failure> {
        let staged = self.next_staged.as_ref().map(|line| &line.keyed.key).filter(|key| key.asset == asset);
        let known = self.next_known.as_ref().map(|keyed| &keyed.key).filter(|key| key.asset == asset);
        let Some(key) = staged.into_iter().chain(known).min().cloned() else { return Ok(None) };
        let (in_staged, in_known) = (staged == Some(&key), known == Some(&key));
        let mut seen = None;
        if in_staged {
            let line = std::mem::replace(&mut self.next_staged, self.staged.next(self.objects).await?);
            seen = line.map(|line| (line.keyed.line, line.when_asked));
        }
        let mut known = None;
        if in_known {
            let line = std::mem::replace(&mut self.next_known, self.ledger.next(self.objects).await?);
            known = line.map(|line| line.line);
        }
        let absence = self.absences.of_key(self.objects, &key).await?;
        let rejected = self.blocked.contains(&key);
        Ok(Some(EntryLines { finding: key.finding, seen, known, absence, rejected }))
    }
}

impl AssetLines {
    /// The lines as records.
    pub(crate) fn group(&self) -> Result<Group<'_>, Failure> {
        let mut own = Entry::default();
        let mut findings = Vec::with_capacity(self.entries.len());
        for lines in &self.entries {
            let entry = lines.entry()?;
            if lines.finding.is_empty() {
                own = entry;
            } else {
                findings.push((lines.finding.as_str(), entry));
            }
        }
        Ok(Group { asset: &self.asset, own, findings, refused_before: self.refused_before })
    }
}

impl EntryLines {
    fn entry(&self) -> Result<Entry<'_>, Failure> {
        let unreadable = |error: serde_json::Error| damaged("staged or ledger record", &error.to_string());
        let seen = match &self.seen {
            Some((line, when_asked)) => {
                let record = serde_json::from_slice(line).map_err(unreadable)?;
                Some(Seen { record, when_asked: *when_asked })
            }
            None => None,
        };
        let known = self.known.as_deref().map(serde_json::from_slice).transpose().map_err(unreadable)?;
        Ok(Entry { seen, known, absence: self.absence, rejected: self.rejected })
    }
}
