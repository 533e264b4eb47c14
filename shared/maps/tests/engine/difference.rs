//! What two maps say otherwise.

use crate::{HEADER, rows};
use causeway_maps::{MapDefinition, MapDifference};
use proptest::prelude::*;

fn map(lines: &[&str], rest: &str) -> MapDefinition {
    MapDefinition::parse("m.toml", &format!("{HEADER}{}{rest}", rows(lines))).unwrap()
}

#[test]
fn rows_are_paired_by_target_and_alternatives_by_number() {
    let before = map(
        &["a -> x", "b -> x | default = 1", "c -> y", "d -> z | functions = [\"min\"]"],
        "[lookup.t]\nhigh = 1\ndefault = 2",
    );
    let after = map(
        &["a -> x", "b -> x | default = 2", "d -> z | required = true", "e -> w"],
        "[lookup.t]\nhigh = 1\nlow = 3",
    );
    let difference = MapDifference::between(&before, &after);
    let said = |row: &Option<causeway_maps::RowExplanation>| {
        row.as_ref().map(|row| {
            format!("{} {}->{} {} {}", row.row, row.source, row.target, row.functions, row.required)
        })
    };
    let rows: Vec<_> = difference.rows.iter().map(|row| (said(&row.before), said(&row.after))).collect();
    let lookups: Vec<_> = difference.lookups.iter().map(|row| (&row.key, &row.before, &row.after)).collect();
    insta::assert_debug_snapshot!((rows, lookups, difference.reordered));
}

#[test]
fn another_order_is_a_difference_of_its_own() {
    let difference = MapDifference::between(&map(&["a -> x", "b -> y"], ""), &map(&["b -> y", "a -> x"], ""));
    assert!(difference.rows.is_empty() && difference.reordered && !difference.is_empty(), "{difference:?}");
}

proptest! {
    #[test]
    fn a_map_does_not_differ_from_itself(lines in prop::collection::vec("[a-d] -> [w-z]", 1..6)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let map = map(&lines, "");
        prop_assert!(MapDifference::between(&map, &map).is_empty());
    }
}
