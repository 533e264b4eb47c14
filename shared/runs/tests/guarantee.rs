//! Invariants at the moment at which they are broken.

use causeway_domain::RunId;
use causeway_domain::invariant::I3;
use causeway_runs::ensure;

fn run() -> RunId {
    RunId::parse("20260101T000000Z-00000001").unwrap_or_else(|_| unreachable!("it is one"))
}

#[test]
fn what_holds_costs_nothing_and_is_not_told() {
    ensure(I3, &run(), true, || unreachable!("nobody asked"));
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "I-3 (fetched = mapped + rejected")]
fn what_is_broken_stops_a_debug_build_by_its_name() {
    ensure(I3, &run(), false, || "2 of 1 rows were rejected".to_owned());
}
