//! Differences between two maps, row by row.

use crate::definition::{MapDefinition, Row, RowExplanation};
use crate::lookup::Lookup;
use std::collections::{BTreeMap, BTreeSet};

/// The differences of two maps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MapDifference {
    /// Rows that are in one map only or differ; rows are paired by their target.
    pub rows: Vec<RowDifference>,
    /// Entries of lookup tables that differ.
    pub lookups: Vec<LookupDifference>,
    /// Whether the same targets are in another order; the fields of a record then are, too.
    pub reordered: bool,
}

/// A row before and after; one of them is `None` when it was added or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDifference {
    /// In the first map.
    pub before: Option<RowExplanation>,
    /// In the second map.
    pub after: Option<RowExplanation>,
}

/// An entry of a lookup table before and after, as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupDifference {
    /// Name of the table.
    pub table: String,
    /// The key, or `default`.
    pub key: String,
    /// In the first map.
    pub before: Option<String>,
    /// In the second map.
    pub after: Option<String>,
}

impl MapDifference {
    /// The differences of `after` from `before`.
    pub fn between(before: &MapDefinition, after: &MapDefinition) -> Self {
        let (old, new) = (by_target(before), by_target(after));
        let keys = new.iter().chain(&old).map(|(key, _)| key.clone());
        let mut seen = BTreeSet::new();
        let find = |rows: &[(Place, RowExplanation)], key: &Place| {
            rows.iter().find(|(known, _)| known == key).map(|(_, row)| row.clone())
        };
        let pairs = keys.filter(|key| seen.insert(key.clone()));
        let pairs = pairs.map(|key| RowDifference { before: find(&old, &key), after: find(&new, &key) });
        let rows: Vec<RowDifference> = pairs.filter(RowDifference::differs).collect();
        let order =
            |rows: &[(Place, RowExplanation)]| rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        let same_targets =
            old.len() == new.len() && rows.iter().all(|row| row.before.is_some() && row.after.is_some());
        let reordered = same_targets && order(&old) != order(&new);
        Self { rows, lookups: lookups(before, after), reordered }
    }

    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.lookups.is_empty() && !self.reordered
    }
}

/// Target and number among the alternatives of that target.
type Place = (String, usize);

fn by_target(map: &MapDefinition) -> Vec<(Place, RowExplanation)> {
    let mut alternatives: BTreeMap<String, usize> = BTreeMap::new();
    let mut place = |row: &Row| {
        let target = row.target.canonical();
        let number = alternatives.entry(target.clone()).or_default();
        *number += 1;
        (target, *number)
    };
    map.rows.iter().zip(map.explain()).map(|(row, explained)| (place(row), explained)).collect()
}

impl RowDifference {
    /// A row that only moved counts as the same.
    fn differs(&self) -> bool {
        let said = |row: &Option<RowExplanation>| row.clone().map(|row| RowExplanation { row: 0, ..row });
        said(&self.before) != said(&self.after)
    }
}

fn lookups(before: &MapDefinition, after: &MapDefinition) -> Vec<LookupDifference> {
    let mut differences = Vec::new();
    let names: BTreeSet<&String> = before.lookups.keys().chain(after.lookups.keys()).collect();
    for table in names {
        let (old, new) = (entries(before.lookups.get(table)), entries(after.lookups.get(table)));
        let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for key in keys {
            let value = |entries: &BTreeMap<&str, &str>| entries.get(key).map(|value| (*value).to_owned());
            let (before, after) = (value(&old), value(&new));
            if before != after {
                let (table, key) = (table.clone(), key.to_owned());
                differences.push(LookupDifference { table, key, before, after });
            }
        }
    }
    differences
}

fn entries(lookup: Option<&Lookup>) -> BTreeMap<&str, &str> {
    let Some(lookup) = lookup else { return BTreeMap::new() };
    let rows = lookup.rows().iter().map(|(key, value)| (key.as_str(), value.as_str()));
    rows.chain(lookup.default.as_deref().map(|value| ("default", value))).collect()
}
