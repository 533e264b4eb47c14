//! Dependencies point inward, as `docs/ARCHITECTURE.md` draws them.

use crate::tree;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// Folder of a crate (`*` is any one name) and the folders it may depend on; `*` alone is all.
const ALLOWED: [(&str, &[&str]); 22] = [
    ("shared/domain", &[]),
    ("shared/mutants", &[]),
    ("shared/ports", &["shared/domain"]),
    ("shared/maps", &["shared/domain"]),
    ("shared/coverage", &["shared/domain", "shared/mutants"]),
    ("shared/ledger", &["shared/domain", "shared/mutants", "shared/ports"]),
    ("shared/reconcile", &["shared/domain", "shared/ledger", "shared/mutants"]),
    ("shared/outbound", &["shared/domain", "shared/ports"]),
    ("shared/connector", &["shared/domain", "shared/ports", "shared/maps", "shared/outbound"]),
    (
        "shared/sources/*",
        &["shared/connector", "shared/domain", "shared/ports", "shared/maps", "shared/outbound"],
    ),
    (
        "shared/destinations/*",
        &["shared/connector", "shared/domain", "shared/ports", "shared/maps", "shared/outbound"],
    ),
    (
        "shared/runs",
        &[
            "shared/domain",
            "shared/ports",
            "shared/coverage",
            "shared/ledger",
            "shared/maps",
            "shared/mutants",
            "shared/outbound",
            "shared/reconcile",
        ],
    ),
    (
        "shared/connectors",
        &[
            "shared/connector",
            "shared/domain",
            "shared/ports",
            "shared/maps",
            "shared/outbound",
            "shared/sources/*",
            "shared/destinations/*",
        ],
    ),
    ("shared/views", &["shared/domain", "shared/ports", "shared/ledger", "shared/runs"]),
    ("shared/local", &["shared/domain", "shared/ports"]),
    ("shared/aws", &["shared/domain", "shared/ports"]),
    ("shared/simulators", &[]),
    (
        "shared/stack",
        &[
            "shared/aws",
            "shared/connectors",
            "shared/domain",
            "shared/outbound",
            "shared/ports",
            "shared/runs",
        ],
    ),
    ("functions/*", &["*"]),
    ("infra/*", &["*"]),
    ("tests/*", &["*"]),
    ("tests/guides/*", &["*"]),
];

/// What tests of any crate may use besides.
const FOR_TESTS: [&str; 7] = [
    "shared/connectors",
    "shared/ledger",
    "shared/local",
    "shared/simulators",
    "shared/sources/claroty_xdome",
    "tests/contract",
    "tests/emulators",
];

#[test]
fn dependencies_point_inward() {
    let mut offenders = Vec::new();
    let folders = folders_by_name();
    for member in members() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(pattern, _)| covers(pattern, &member)) else {
            offenders.push(format!("{member}: say here what it may depend on"));
            continue;
        };
        let manifest = manifest(&member);
        for (section, name) in dependencies(&manifest) {
            let Some(folder) = folders.get(&name) else { continue };
            let for_tests = section == "dev-dependencies" && FOR_TESTS.contains(&folder.as_str());
            if !for_tests && !allowed.iter().any(|pattern| covers(pattern, folder)) {
                offenders.push(format!("{member}: {section}: {name} ({folder})"));
            }
        }
    }
    tree::assert_none("dependencies point inward", &offenders);
}

#[test]
fn versions_stand_in_the_workspace_only() {
    let mut offenders = Vec::new();
    for member in members() {
        let manifest = manifest(&member);
        for section in sections(&manifest) {
            let own = section.1.iter().filter(|(_, value)| value.get("workspace").is_none());
            offenders.extend(own.map(|(name, _)| format!("{member}: {}: {name}", section.0)));
        }
    }
    tree::assert_none("a dependency is declared once, in the root Cargo.toml", &offenders);
}

fn covers(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(start) => folder.strip_prefix(start).is_some_and(|rest| !rest.contains('/')),
        None => pattern == folder,
    }
}

fn manifest(folder: &str) -> Table {
    let path = tree::root().join(folder).join("Cargo.toml");
    std::fs::read_to_string(&path).unwrap().parse().unwrap()
}

fn members() -> Vec<String> {
    let root = manifest("");
    let members = root["workspace"]["members"].as_array().unwrap();
    members.iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

/// Folder of each of our crates.
fn folders_by_name() -> BTreeMap<String, String> {
    let name = |folder: &String| manifest(folder)["package"]["name"].as_str().unwrap().to_owned();
    members().into_iter().map(|folder| (name(&folder), folder)).collect()
}

/// The tables of dependencies, those of single platforms too.
fn sections(manifest: &Table) -> Vec<(&'static str, &Table)> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let tables = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let tables: Vec<_> = std::iter::once(manifest).chain(tables).collect();
    let section = |name| tables.iter().filter_map(move |t| Some((name, t.get(name)?.as_table()?)));
    ["dependencies", "dev-dependencies", "build-dependencies"].into_iter().flat_map(section).collect()
}

fn dependencies(manifest: &Table) -> BTreeSet<(&'static str, String)> {
    let names = |(section, table)| Table::keys(table).map(move |name| (section, name.clone()));
    sections(manifest).into_iter().flat_map(names).collect()
}
