//! Staged records and ledger, joined by asset.

use crate::Engine;
use crate::absences::Absences;
use crate::merge::{Cursor, Line, MERGE_BYTES, Staged, StagedLine, sorted_runs};
use crate::rejects::Blocked;
use crate::store::{damaged, require};
use causeway_domain::layout::RunKeys;
use causeway_domain::plan::LedgerIndex;
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_reconcile::{Absence, Entry, Group, Seen};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The join of all that is known of a connection's assets, one asset at a time.
pub(crate) struct Groups<'a> {
    blocked: &'a Blocked,
    refused: BTreeSet<String>,
    staged: Staged,
    ledger: Cursor,
    absences: Absences,
    next_staged: Option<StagedLine>,
    next_known: Option<Line>,
    lines: AssetLines,
}

/// One asset's lines, still as text.
#[derive(Debug, Default)]
pub(crate) struct AssetLines {
    /// In key order, the asset's own line first if it has one.
    pub(crate) entries: Vec<EntryLines>,
    /// Its last delivery was refused, so it is sent whatever changed.
    pub(crate) refused_before: bool,
}

/// One record in this run, in the ledger, or in both.
#[derive(Debug)]
pub(crate) struct EntryLines {
    /// As this run saw it.
    pub(crate) seen: Option<StagedLine>,
    /// As the ledger knows it.
    pub(crate) known: Option<Line>,
    /// Whether a record of this key was rejected in this run.
    pub(crate) rejected: bool,
    /// What asking for it showed.
    pub(crate) absence: Absence,
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
        let objects = &engine.objects;
        let keys = RunKeys(&manifest.connection, &manifest.run);
        let (mut segments, mut refused) = (Vec::new(), BTreeSet::new());
        if let Some(ledger) = &manifest.ledger {
            let index: LedgerIndex = require(objects.as_ref(), &ledger.index).await?;
            segments = index.segments.into_iter().map(|segment| segment.key).collect();
            if let Some(undelivered) = &ledger.undelivered {
                refused = require(objects.as_ref(), undelivered).await?;
            }
        }
        let mut staged = Staged::new(objects, sorted_runs(objects, keys, pages, MERGE_BYTES).await?);
        let mut ledger = Cursor::new(objects, segments);
        let next_staged = staged.next().await?;
        let next_known = ledger.next().await?;
        let lines = AssetLines::default();
        Ok(Self { blocked, refused, staged, ledger, absences, next_staged, next_known, lines })
    }

    /// The next asset, in key order.
    pub(crate) async fn next(&mut self) -> Result<Option<&mut AssetLines>, Failure> {
        self.lines.entries.clear();
        let staged = self.next_staged.as_ref().map(|seen| &seen.line);
        let heads = staged.into_iter().chain(self.next_known.as_ref());
        let Some(first) = heads.min_by(|a, b| a.cmp(b)).cloned() else { return Ok(None) };
        self.lines.refused_before = !self.refused.is_empty() && self.refused.contains(first.asset());
        while let Some(entry) = self.entry(first.asset()).await? {
            self.lines.entries.push(entry);
        }
        Ok(Some(&mut self.lines))
    }

    /// The next record of `asset`, from either side or both.
    async fn entry(&mut self, asset: &str) -> Result<Option<EntryLines>, Failure> {
        let staged = self.next_staged.as_ref().map(|seen| &seen.line).filter(|line| line.asset() == asset);
        let known = self.next_known.as_ref().filter(|line| line.asset() == asset);
        let (line, side) = match (staged, known) {
            (Some(staged), Some(known)) => (staged, staged.cmp(known)),
            (Some(staged), None) => (staged, Ordering::Less),
            (None, Some(known)) => (known, Ordering::Greater),
            (None, None) => return Ok(None),
        };
        let line = if side.is_gt() { known.unwrap_or(line) } else { line };
        let absence = self.absences.on(line).await?;
        let (mut seen, mut known) = (None, None);
        if side.is_le() {
            seen = std::mem::replace(&mut self.next_staged, self.staged.next().await?);
        }
        if side.is_ge() {
            known = std::mem::replace(&mut self.next_known, self.ledger.next().await?);
        }
        let rejected = match &known {
            Some(known) if known.finding().is_empty() => self.blocked.asset(known.asset()),
            Some(known) if seen.is_none() => self.blocked.row(known)?,
            _ => false,
        };
        Ok(Some(EntryLines { seen, known, absence, rejected }))
    }
}

impl AssetLines {
    /// The lines as records.
    pub(crate) fn group(&self) -> Result<Group<'_>, Failure> {
        let mut own = Entry::default();
        let mut findings = Vec::with_capacity(self.entries.len());
        for lines in &self.entries {
            let entry = lines.entry()?;
            if lines.finding().is_empty() {
                own = entry;
            } else {
                findings.push((lines.finding(), entry));
            }
        }
        Ok(Group { asset: self.asset(), own, findings, refused_before: self.refused_before })
    }

    /// Asset id.
    pub(crate) fn asset(&self) -> &str {
        self.entries.first().and_then(EntryLines::line).map(Line::asset).unwrap_or_default()
    }
}

impl EntryLines {
    /// One of its lines.
    pub(crate) fn line(&self) -> Option<&Line> {
        self.seen.as_ref().map(|seen| &seen.line).or(self.known.as_ref())
    }

    /// Finding id; empty for the asset itself.
    pub(crate) fn finding(&self) -> &str {
        self.line().map(Line::finding).unwrap_or_default()
    }

    /// The lines as records.
    pub(crate) fn entry(&self) -> Result<Entry<'_>, Failure> {
        let unreadable = |error: serde_json::Error| damaged("staged or ledger record", &error.to_string());
        let seen = match &self.seen {
            Some(StagedLine { line, when_asked }) => {
                let record = serde_json::from_slice(&line.text).map_err(unreadable)?;
                Some(Seen { record, when_asked: *when_asked })
            }
            None => None,
        };
        let known = self.known.as_ref().map(|line| serde_json::from_slice(&line.text)).transpose();
        Ok(Entry { seen, known: known.map_err(unreadable)?, absence: self.absence, rejected: self.rejected })
    }
}
