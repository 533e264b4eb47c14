//! The guide has the tables of all descriptors.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use causeway_connectors::catalog;
use causeway_domain::definition::{Field, fields_table};
use std::fs;

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CONNECTION.md");

/// `UPDATE_DOCS=1` writes them.
#[test]
fn the_guide_has_the_tables_of_all_descriptors() {
    let guide = fs::read_to_string(GUIDE).unwrap();
    let mut current = guide.clone();
    for connector in &catalog().connectors {
        current = with_table(&current, &format!("source.{}", connector.name), connector.fields);
    }
    for receiver in &catalog().receivers {
        current = with_table(&current, &format!("destination.{}", receiver.name), receiver.fields);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(GUIDE, &current).unwrap();
    } else {
        assert!(guide == current, "docs/CONNECTION.md is not current: run this test with UPDATE_DOCS=1");
    }
}

/// The guide with the table that follows the heading of `table` replaced.
fn with_table(guide: &str, table: &str, fields: &[Field<'_>]) -> String {
    let heading = format!("## `[{table}]`\n\n");
    let (before, rest) = guide.split_once(&heading).unwrap();
    let end: usize = rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    format!("{before}{heading}{}{}", fields_table(fields), rest.split_at(end).1)
}

#[test]
fn every_field_says_what_it_is_for() {
    let all = catalog().connectors.iter().flat_map(|connector| connector.fields);
    let all = all.chain(catalog().receivers.iter().flat_map(|receiver| receiver.fields));
    let mute: Vec<_> = all.filter(|field| field.help.is_empty()).map(|field| field.name).collect();
    assert!(mute.is_empty(), "{mute:?}");
}
