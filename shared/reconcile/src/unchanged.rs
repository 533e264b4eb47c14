//! Lines of which nothing changed, recognised by their text.

use crate::asset::WITHOUT_RECORD;
use causeway_ledger::{LedgerFields, Line, StagedFields};
use causeway_mutants::Mutant;

const OPEN: &[u8] = b"open";

/// The fields of `known`, if the run saw exactly what the ledger has and did not miss it before. Then the next ledger has the
/// same line, except for the run that last saw it.
pub fn unchanged<'t>(seen: &Line, known: &'t Line) -> Option<LedgerFields<'t>> {
    let now = StagedFields::of(seen)?;
    let before = LedgerFields::of(known)?;
    let same_status = now.status == before.status
        && if now.status == OPEN {
            (now.fixed_on, before.fixed_on, before.closed_by) == (None, None, None)
        } else {
            // Closed without a date: it stays the day on which that was noticed.
            let same_date = now.fixed_on.is_none() || now.fixed_on == before.fixed_on;
            let by_vendor = before.fixed_on.is_some() && before.closed_by == Some(b"vendor");
            same_date && by_vendor && !seen.finding().is_empty()
        };
    let same_row = (now.scope, now.vendor_key) == (before.scope, before.vendor_key) && !before.is_missing;
    let same_hash = now.hash == before.hash && now.hash != WITHOUT_RECORD.as_bytes();
    // The hash says so already; comparing costs next to nothing.
    let same_content = same_hash && now.body == before.body || Mutant::CopiesWhatChanged.on();
    (same_status && same_row && same_content).then_some(before)
}

/// Whether the ledger has a closed finding, or an asset that is gone, that the run `run` did not see, so that missing it
/// again changes nothing.
pub fn closed_before(known: &Line, run: &str) -> bool {
    LedgerFields::of(known).is_some_and(|before| {
        let of_this_run = known.text.get(before.last_seen.clone()) == Some(run.as_bytes());
        let closed = before.status != OPEN && before.closed_by.is_some();
        closed && !of_this_run
    })
}

/// Whether a line is of an open record.
pub(crate) fn is_open(fields: &LedgerFields<'_>) -> bool {
    fields.status == OPEN
}
