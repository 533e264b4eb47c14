//! Settings of a connection that replace parts of a map's lookup tables.

use crate::lookup::Lookup;
use std::collections::BTreeMap;

/// Replacements by the name of the lookup table; tables that a map does not have are ignored.
#[derive(Debug, Clone, Default)]
pub struct Overrides(BTreeMap<String, Change>);

#[derive(Debug, Clone, Default)]
struct Change {
    rows: Option<Vec<(String, String)>>,
    default: Option<String>,
}

impl Overrides {
    /// No replacements: the map as written.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces the default of `table` by `number`.
    #[must_use]
    pub fn default_of(mut self, table: &str, number: u8) -> Self {
        self.0.entry(table.to_owned()).or_default().default = Some(number.to_string());
        self
    }

    /// Replaces all rows of `table`; the first of two rows with the same key counts.
    #[must_use]
    pub fn rows_of(mut self, table: &str, rows: impl IntoIterator<Item = (String, u8)>) -> Self {
        let rows = rows.into_iter().map(|(key, number)| (key, number.to_string())).collect();
        self.0.entry(table.to_owned()).or_default().rows = Some(rows);
        self
    }

    pub(crate) fn apply(&self, table: &str, lookup: Lookup) -> Lookup {
        let change = self.0.get(table);
        let mut lookup = match change.and_then(|change| change.rows.as_ref()) {
            Some(rows) => {
                let mut replaced = Lookup::default();
                replaced.default = lookup.default;
                for (key, value) in rows {
                    replaced.push(key, value.clone());
                }
                replaced
            }
            None => lookup,
        };
        if let Some(default) = change.and_then(|change| change.default.as_ref()) {
            lookup.default = Some(default.clone());
        }
        lookup
    }
}
