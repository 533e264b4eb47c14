//! Documents say what the code says.

use causeway_domain::invariant;
use causeway_simulation::{Fault, SOMETIMES};

const ARCHITECTURE: &str = include_str!("../../../../docs/ARCHITECTURE.md");
const RELIABILITY: &str = include_str!("../../../../docs/RELIABILITY.md");

#[test]
fn the_table_of_invariants_is_the_list_in_the_code() {
    let rows: Vec<&str> = ARCHITECTURE.lines().filter(|line| line.starts_with("| I-")).collect();
    let known: Vec<String> = invariant::ALL
        .iter()
        .map(|invariant| format!("| {} | {} | {} |", invariant.id, invariant.holds, invariant.place))
        .collect();
    assert_eq!(rows, known, "docs/ARCHITECTURE.md and domain::invariant differ");
}

#[test]
fn every_invariant_says_how_it_is_shown() {
    for invariant in invariant::ALL {
        let row = RELIABILITY.lines().any(|line| line.starts_with(&format!("| {} ", invariant.id)));
        assert!(row, "docs/RELIABILITY.md does not say how {invariant} is shown");
    }
}

#[test]
fn every_kind_of_fault_stands_in_the_menu() {
    let missing: Vec<_> =
        Fault::ALL.iter().filter(|fault| !RELIABILITY.contains(&format!("`{fault}`"))).collect();
    assert!(missing.is_empty(), "docs/RELIABILITY.md does not name {missing:?}");
}

#[test]
fn interesting_things_are_listed_once_and_in_order() {
    assert!(SOMETIMES.is_sorted_by(|(one, _), (other, _)| one < other));
}
