//! Rows that become several records: each as if it were mapped alone.

use crate::{HEADER, rows};
use causeway_maps::{CompiledMap, Overrides, SourceField, SourceModel, TargetModel, json};
use proptest::prelude::*;
use std::borrow::Cow;

/// Any field, and two that are made: `part` for each record, `both` for all of a row.
struct Parted;

impl SourceModel for Parted {
    fn field(&self, name: &str) -> Option<SourceField> {
        Some(match name {
            "part" => SourceField::derived(&["a"], |inputs, out| {
                if !inputs.part().is_empty() {
                    json::push_text(out, &format!("{}{}", inputs.get(0).unwrap_or_default(), inputs.part()));
                }
            })
            .per_part(),
            "both" => SourceField::derived(&["a", "b"], |inputs, out| {
                let list: Vec<&str> = [0, 1].into_iter().filter_map(|index| inputs.get(index)).collect();
                out.push_str(&format!("[{}]", list.join(", ")));
            }),
            name => SourceField::copy(name),
        })
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }
}

fn map(lines: &[&str]) -> CompiledMap {
    let text = format!("{HEADER}{}", rows(lines));
    CompiledMap::load("m.toml", &text, &Parted, &TargetModel::any(), &Overrides::none()).unwrap()
}

/// What one applier makes of all `parts`, and what a new one makes of each.
fn both_ways(map: &CompiledMap, row: &str, parts: &[&str]) -> (Vec<String>, Vec<String>) {
    let shown = |result: Result<_, causeway_maps::RowFailure>, out: String| match result {
        Ok(applied) => format!("{out} {applied:?}"),
        Err(failure) => format!("{out}{failure}"),
    };
    let mut applier = map.applier();
    applier.read(row).unwrap();
    let together = parts.iter().map(|part| {
        let mut out = String::new();
        shown(applier.apply(part, &mut out), out)
    });
    let together = together.collect();
    let alone = parts.iter().map(|part| {
        let (mut applier, mut out) = (map.applier(), String::new());
        applier.read(row).unwrap();
        shown(applier.apply(part, &mut out), out)
    });
    (together, alone.collect())
}

const LINES: &[&str] = &[
    "a -> first",
    "part -> o.part",
    "b -> o.b",
    "both[] -> list[]",
    "c -> date | functions = [\"max\", \"date_format\"]",
    "c -> when | functions = [\"first\"]\nwhen_absent = \"part\"",
    "part -> when | functions = [{ cel = \"value + value\" }]",
    "both -> joined | functions = [{ join = \"-\" }]",
    "b -> l[].b",
    "part -> l[].part",
    "d -> last",
];

#[test]
fn what_all_parts_share_is_written_once_and_in_its_place() {
    let map = map(LINES);
    let row = r#"{"a":"x","b":[1,null,2],"c":["2025-01-01",null,"2024-01-01"],"d":"\u0041"}"#;
    let (together, alone) = both_ways(&map, row, &["p", "", "q"]);
    assert_eq!(together, alone);
    assert_eq!(
        together.first().unwrap(),
        concat!(
            r#"{"first":"x","o":{"part":"\"x\"p","b":[1,null,2]},"list":["x",[1,null,2]],"date":"2025-01-01T00:00:00Z","#,
            r#""when":"\"x\"p\"x\"p","joined":"x","l":[{"b":1,"part":"\"x\"p"},{"b":2}],"last":"\u0041"}"#,
            " Applied { unreadable: Unreadable({}) }"
        )
    );
}

#[test]
fn of_two_failures_the_one_of_the_earlier_target_is_told() {
    let needs = |first: &str, second: &str| {
        let lines = [format!("{first} -> x | required = true"), format!("{second} -> y | required = true")];
        map(&[&lines[0], &lines[1]])
    };
    for (map, target) in [(needs("part", "b"), "`x`"), (needs("b", "part"), "`x`")] {
        let (together, alone) = both_ways(&map, "{}", &["", ""]);
        assert_eq!(together, alone);
        assert!(together.iter().all(|told| told.contains(target)), "{together:?}");
    }
    let (together, _) = both_ways(&needs("a", "part"), r#"{"a":1}"#, &["p", "", "q"]);
    let failed: Vec<bool> = together.iter().map(|told| told.contains("required")).collect();
    assert_eq!(failed, [false, true, false], "{together:?}");
}

proptest! {
    #[test]
    fn parts_together_are_parts_alone(
        order in Just(LINES.to_vec()).prop_shuffle(),
        count in 1..LINES.len(),
        values in prop::collection::vec("null|\"\"|\"[a-z0-9]{1,9}\"|\\[\"a\", null ,1\\]|12|\"2025-01-0[0-9]\"", 4),
        parts in prop::collection::vec("[a-z\"]{0,2}", 1..4),
    ) {
        let row = "abcd".chars().zip(&values).map(|(name, value)| format!("\"{name}\": {value}"));
        let row = format!("{{{}}}", row.collect::<Vec<_>>().join(","));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (together, alone) = both_ways(&map(order.get(..count).unwrap_or_default()), &row, &parts);
        prop_assert_eq!(together, alone);
    }
}
