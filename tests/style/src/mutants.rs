//! Deliberate bugs: each has a hook in the product, and nothing but the simulation can switch one on.

use crate::tree;
use causeway_mutants::Mutant;
use std::collections::BTreeSet;
use toml::Table;

const FEATURE: &str = "mutants";

/// The crate that has the feature, and the one that turns it on.
const KNOW_IT: [&str; 2] = ["shared/mutants/Cargo.toml", "tests/simulation/Cargo.toml"];

#[test]
fn every_mutant_has_a_hook() {
    let mut hooks = BTreeSet::new();
    for text in tree::rust().iter().filter(|text| text.path.starts_with("shared/")) {
        let called = text.content.split("Mutant::").skip(1).filter_map(|rest| rest.split_once(".on()"));
        hooks.extend(called.map(|(variant, _)| variant.to_owned()));
    }
    let idle = Mutant::ALL.iter().map(|mutant| format!("{mutant:?}")).filter(|name| !hooks.contains(name));
    tree::assert_none("every mutant has a hook", &idle.collect::<Vec<_>>());
    assert!(Mutant::ALL.len() >= 25, "only {} mutants", Mutant::ALL.len());
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
