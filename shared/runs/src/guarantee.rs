//! Invariants that are cheap to look at while a run is at work. A broken one is a bug: a debug build stops there, and a
//! build that ships says so in an error event that carries the invariant's id, for logs and metrics to count.

use causeway_domain::RunId;
use causeway_domain::invariant::Invariant;

/// Makes sure that `invariant` holds in `run`; `seen` tells what was found when it does not.
pub fn ensure(invariant: Invariant, run: &RunId, holds: bool, seen: impl FnOnce() -> String) {
    if !holds {
        let seen = seen();
        tracing::error!(invariant = invariant.id, %run, seen, "an invariant is broken");
        debug_assert!(holds, "{invariant} ({}): {seen}", invariant.holds);
    }
}
