//! Invariants that are cheap to look at while a run is at work. A broken one is a bug: a debug build stops there, and a
//! build that ships says so in an error event that carries the invariant's id, for logs and metrics to count.

use causeway_domain::RunId;
use causeway_domain::invariant::Invariant;

/// Makes sure that `invariant` holds in `run`; `seen` tells what was found when it does not.
pub(crate) fn ensure(invariant: Invariant, run: &RunId, holds: bool, seen: impl FnOnce() -> String) {
    if !holds {
        let seen = seen();
        tracing::error!(invariant = invariant.id, %run, seen, "an invariant is broken");
        debug_assert!(holds, "{invariant} ({}): {seen}", invariant.holds);
    }
}

#[cfg(test)]
mod tests {
    use super::ensure;
    use causeway_domain::RunId;
    use causeway_domain::invariant::I3;

    #[test]
    fn what_holds_costs_nothing_and_is_not_told() {
        ensure(I3, &RunId::parse("20260101T000000Z-00000001").unwrap(), true, || {
            unreachable!("nobody asked")
        });
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "I-3 (fetched = mapped + rejected")]
    fn what_is_broken_stops_a_debug_build_by_its_name() {
        ensure(I3, &RunId::parse("20260101T000000Z-00000001").unwrap(), false, || {
            "2 of 1 rows were rejected".to_owned()
        });
    }
}
