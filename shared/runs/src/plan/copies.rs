//! Assets of which nothing changed: their lines are copied into the next ledger as text.
//!
//! What comes of it is what `reconcile::judge` would make of the same lines, byte by byte and count by count. Whatever is
//! not plainly so is left to it.

use crate::groups::{AssetLines, EntryLines};
use crate::heads::{Alike, alike, closed_before};
use crate::store::damaged;
use causeway_domain::Failure;
use causeway_reconcile::{Policy, Tally, mutant};
use std::collections::BTreeMap;

/// Copies lines, and counts what it copied.
pub(super) struct Copies<'p> {
    policy: &'p Policy,
    scopes: BTreeMap<Vec<u8>, causeway_reconcile::Alike>,
    /// The scope that was counted last, for neighbours mostly share it.
    scope: Vec<u8>,
    counts: causeway_reconcile::Alike,
    closed: u64,
    closed_unseen: u64,
    found: Vec<Unchanged>,
}

/// How one record is unchanged.
enum Unchanged {
    /// Seen as the ledger has it.
    Seen(Alike),
    /// Closed before and not seen.
    Closed,
}

impl<'p> Copies<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let (scopes, scope, found) = (BTreeMap::new(), Vec::new(), Vec::new());
        let counts = causeway_reconcile::Alike::default();
        Self { policy, scopes, scope, counts, closed: 0, closed_unseen: 0, found }
    }

    /// Appends the next ledger's lines of an asset to `text`, if nothing of it changed; returns whether that is so.
    pub(super) fn take(&mut self, lines: &AssetLines, text: &mut Vec<u8>) -> bool {
        // Without *Retain Delta* everything is sent again, and so is what was refused. An asset that has no record of its
        // own is given one.
        let own = lines.entries.first().is_some_and(|own| own.finding().is_empty());
        if !self.policy.retain_delta || lines.refused_before || !own {
            return false;
        }
        self.found.clear();
        for entry in &lines.entries {
            let Some(unchanged) = self.unchanged(entry) else { return false };
            self.found.push(unchanged);
        }
        let found = std::mem::take(&mut self.found);
        for (entry, unchanged) in lines.entries.iter().zip(&found) {
            self.copy(entry, unchanged, text);
        }
        self.found = found;
        true
    }

    fn unchanged(&self, entry: &EntryLines) -> Option<Unchanged> {
        match (&entry.seen, &entry.known) {
            (Some(seen), Some(known)) if !seen.when_asked => alike(&seen.line, known).map(Unchanged::Seen),
            (None, Some(known)) if !mutant::on("forgets-the-unseen") => {
                closed_before(known, self.policy.run.as_str()).then_some(Unchanged::Closed)
            }
            _ => None,
        }
    }

    fn copy(&mut self, entry: &EntryLines, unchanged: &Unchanged, text: &mut Vec<u8>) {
        let Some(known) = &entry.known else { return };
        match unchanged {
            Unchanged::Closed => {
                self.closed_unseen += 1;
                text.extend_from_slice(&known.text);
            }
            Unchanged::Seen(Alike { last_seen, scope, open }) => {
                self.count(
                    known.text.get(scope.clone()).unwrap_or_default(),
                    known.finding().is_empty(),
                    *open,
                );
                text.extend_from_slice(known.text.get(..last_seen.start).unwrap_or_default());
                text.extend_from_slice(self.policy.run.as_str().as_bytes());
                text.extend_from_slice(known.text.get(last_seen.end..).unwrap_or_default());
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

    /// Counts all that was copied.
    ///
    /// # Errors
    /// `StoreDamaged` when a scope cannot be read.
    pub(super) fn finish(mut self, tally: &mut Tally) -> Result<(), Failure> {
        self.turn_to(b"");
        self.scopes.remove(&b""[..]);
        for (text, alike) in &self.scopes {
            let scope = serde_json::from_slice(text)
                .map_err(|error| damaged("scope of a ledger record", &error.to_string()))?;
            tally.add_alike(self.policy, &scope, *alike);
        }
        tally.add_closed(self.closed, self.closed_unseen);
        Ok(())
    }
}
