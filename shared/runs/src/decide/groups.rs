//! Staged records and ledger, joined by asset.

use crate::Engine;
use crate::decide::absences::Absences;
use causeway_ledger::{Cursor, Line, MERGE_BYTES, Staged, StagedLine, sorted_runs};

use crate::decide::rejects::Blocked;
use crate::store::require;
use causeway_domain::layout::RunKeys;
use causeway_domain::plan::LedgerIndex;
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_mutants::Mutant;
use causeway_reconcile::{AssetLines, EntryLines};
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
        let keys = RunKeys::new(&manifest.connection, &manifest.run);
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
        let Some(first) = heads.min_by(|a, b| a.cmp_line(b)).cloned() else { return Ok(None) };
        self.lines.refused_before = !self.refused.is_empty()
            && self.refused.contains(first.asset())
            && !Mutant::ForgetsTheRefused.on();
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
            (Some(staged), Some(known)) => (staged, staged.cmp_line(known)),
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
