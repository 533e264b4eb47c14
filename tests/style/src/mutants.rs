//! Deliberate bugs: each hook in the product is in the simulation's table, each row has a hook, and nothing but the
//! simulation can switch one on.

use crate::tree;
use std::collections::BTreeSet;
use toml::Table;

const TABLE: &str = "tests/simulation/src/mutants.rs";
const FEATURE: &str = "mutants";

/// The crate that has the feature, and the one that turns it on.
const KNOW_IT: [&str; 2] = ["shared/mutants/Cargo.toml", "tests/simulation/Cargo.toml"];

#[test]
fn every_hook_is_in_the_table_and_every_row_has_a_hook() {
    let (mut hooks, mut rows) = (BTreeSet::new(), BTreeSet::new());
    for text in tree::rust() {
        if text.path == TABLE {
            rows.extend(named(&text.content, "    bug("));
        } else if text.path.starts_with("shared/") {
            hooks.extend(named(&text.content, "mutant::on("));
        }
    }
    let unknown: Vec<String> = hooks.difference(&rows).cloned().collect();
    tree::assert_none("every hook is in the table", &unknown);
    let idle: Vec<String> = rows.difference(&hooks).cloned().collect();
    tree::assert_none("every row of the table has a hook", &idle);
    assert!(rows.len() >= 25, "only {} mutants", rows.len());
}

#[test]
fn no_binary_that_ships_can_have_a_mutant() {
    let mut offenders = Vec::new();
    for text in tree::texts().into_iter().filter(|text| text.path.ends_with("Cargo.toml")) {
        let manifest: Table = text.content.parse().unwrap();
        let features = manifest.get("features").and_then(|features| features.as_table());
        let by_default = features.and_then(|features| features.get("default")).is_some();
        let knows = KNOW_IT.contains(&text.path.as_str());
        if by_default && knows {
            offenders.push(format!("{}: a default feature", text.path));
        }
        if names_feature(&manifest) && !knows {
            offenders.push(format!("{}: names the feature {FEATURE}", text.path));
        }
    }
    tree::assert_none("the feature of the mutants is the simulation's alone", &offenders);
}

/// Whether a feature of `manifest` is the feature, or anything in it turns the feature on.
fn names_feature(manifest: &Table) -> bool {
    let text = toml::to_string(manifest).unwrap_or_default();
    [format!("{FEATURE} = ["), format!("causeway-mutants/{FEATURE}"), format!("[\"{FEATURE}\"]")]
        .iter()
        .any(|naming| text.contains(naming))
}

/// The first text in quotes after each `call`.
fn named(content: &str, call: &str) -> Vec<String> {
    let after = content.split(call).skip(1);
    after
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned))
        .collect()
}
