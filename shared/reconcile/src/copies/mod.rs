//! Assets of which nothing changed: their lines are copied into the next ledger as text.
//!
//! The outcome is what [`judge`](crate::judge) would make of the same lines, byte by byte and count by count. Whatever is not
//! plainly unchanged is left to it.

use crate::lines::{AssetLines, EntryLines};
use crate::unchanged::{closed_before, is_open, unchanged};
use crate::{Policy, Tally, UnchangedCount};
use causeway_domain::Failure;
use causeway_ledger::{LedgerFields, damaged};
use std::collections::BTreeMap;

/// Copies lines, and counts the copies.
#[derive(Debug)]
pub struct Copies<'p> {
    policy: &'p Policy,
    scopes: BTreeMap<Vec<u8>, UnchangedCount>,
    /// The scope that was counted last, because neighbours mostly share it.
    scope: Vec<u8>,
    counts: UnchangedCount,
    closed: u64,
    closed_unseen: u64,
    gone: u64,
}

/// How one record is unchanged.
enum Unchanged<'t> {
    /// Seen as the ledger has it.
    Seen(LedgerFields<'t>),
    /// Closed or gone before, and not seen.
    Closed,
}

impl<'p> Copies<'p> {
    /// Before the first asset.
    pub fn new(policy: &'p Policy) -> Self {
        let (scopes, scope, counts) = (BTreeMap::new(), Vec::new(), UnchangedCount::default());
        Self { policy, scopes, scope, counts, closed: 0, closed_unseen: 0, gone: 0 }
    }

    /// Appends the next ledger's lines of an asset to `text`, if nothing of it changed; returns whether that is so.
    pub fn take(&mut self, lines: &AssetLines, text: &mut Vec<u8>) -> bool {
        // Without *Retain Delta* everything is sent again, and so is what was refused. An asset that has no record of its
        // own is given one.
        let own = lines.entries.first().is_some_and(|own| own.finding().is_empty());
        if !self.policy.retain_delta || lines.refused_before || !own {
            return false;
        }
        let found: Option<Vec<Unchanged<'_>>> =
            lines.entries.iter().map(|entry| self.unchanged(entry)).collect();
        let Some(found) = found else { return false };
        // An asset that is gone and has findings is not gone.
        let gone = matches!(found.first(), Some(Unchanged::Closed));
        if gone && found.iter().any(|one| matches!(one, Unchanged::Seen(_))) {
            return false;
        }
        for (entry, unchanged) in lines.entries.iter().zip(&found) {
            self.copy(entry, unchanged, text);
        }
        true
    }

    /// Counts all that was copied.
    ///
    /// # Errors
    /// `StoreDamaged` when a scope cannot be read.
    pub fn finish(mut self, tally: &mut Tally) -> Result<(), Failure> {
        self.turn_to(b"");
        self.scopes.remove(&b""[..]);
        for (text, count) in &self.scopes {
            let scope = serde_json::from_slice(text)
                .map_err(|error| damaged("scope of a ledger record", &error.to_string()))?;
            tally.add_unchanged(self.policy, &scope, *count);
        }
        tally.add_closed(self.closed, self.closed_unseen);
        tally.add_gone(self.gone);
        Ok(())
    }

    fn unchanged<'t>(&self, entry: &'t EntryLines) -> Option<Unchanged<'t>> {
        match (&entry.seen, &entry.known) {
            (Some(seen), Some(known)) if !seen.when_asked => {
                unchanged(&seen.line, known).map(Unchanged::Seen)
            }
            (None, Some(known)) => {
                closed_before(known, self.policy.run.as_str()).then_some(Unchanged::Closed)
            }
            _ => None,
        }
    }

    fn copy(&mut self, entry: &EntryLines, unchanged: &Unchanged<'_>, text: &mut Vec<u8>) {
        let Some(known) = &entry.known else { return };
        match unchanged {
            Unchanged::Closed => {
                let asset = known.finding().is_empty();
                *(if asset { &mut self.gone } else { &mut self.closed_unseen }) += 1;
                text.extend_from_slice(&known.text);
            }
            Unchanged::Seen(fields) => {
                self.count(fields.scope, known.finding().is_empty(), is_open(fields));
                text.extend_from_slice(known.text.get(..fields.last_seen.start).unwrap_or_default());
                text.extend_from_slice(self.policy.run.as_str().as_bytes());
                text.extend_from_slice(known.text.get(fields.last_seen.end..).unwrap_or_default());
            }
        }
        text.push(b'\n');
    }

    fn count(&mut self, scope: &[u8], asset: bool, open: bool) {
        if !open {
            self.closed += 1;
            return;
        }
        if self.scope != scope {
            self.turn_to(scope);
        }
        if asset {
            self.counts.assets += 1;
        } else {
            self.counts.open += 1;
        }
    }

    fn turn_to(&mut self, scope: &[u8]) {
        let counts = std::mem::take(&mut self.counts);
        let before = std::mem::replace(&mut self.scope, scope.to_vec());
        let sum = self.scopes.entry(before).or_default();
        (sum.assets, sum.open) = (sum.assets + counts.assets, sum.open + counts.open);
    }
}

#[cfg(test)]
mod tests;
