//! Values of the vendor that are there and cannot be read.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How many values could not be read, by the vendor's field. Each of them counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unreadable(BTreeMap<String, u64>);

/// Fields that a sentence names.
const NAMED: usize = 8;

impl Unreadable {
    /// Adds `values` of `field`.
    pub fn count(&mut self, field: &str, values: u64) {
        if values == 0 {
            return;
        }
        match self.0.get_mut(field) {
            Some(known) => *known = known.saturating_add(values),
            None => {
                self.0.insert(field.to_owned(), values);
            }
        }
    }

    /// Counts at least `values` of `field`: of one row, whoever else reads the field meets the same values.
    pub fn count_once(&mut self, field: &str, values: u64) {
        let known = self.0.get(field).copied().unwrap_or_default();
        self.count(field, values.saturating_sub(known));
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(field, values)| self.count(field, *values));
    }

    /// Takes out those of `other`, which were counted before.
    pub fn leave_out(&mut self, other: &Self) {
        for (field, values) in &mut self.0 {
            *values = values.saturating_sub(other.0.get(field).copied().unwrap_or_default());
        }
        self.0.retain(|_, values| *values > 0);
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |total, values| total.saturating_add(*values))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Unreadable {
    /// `first_seen_list 2, ip_list 1`, most first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields: Vec<_> = self.0.iter().collect();
        fields.sort_by_key(|(_, values)| std::cmp::Reverse(**values));
        for (index, (field, values)) in fields.iter().take(NAMED).enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(f, "{before}{field} {values}")?;
        }
        match fields.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more fields"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unreadable;

    #[test]
    fn fields_are_named_most_first_and_few_of_many() {
        let mut values = Unreadable::default();
        values.count("none", 0);
        assert!(values.is_empty() && values.to_string().is_empty());
        values.count("ip_list", 1);
        values.count("first_seen_list", 1);
        let mut other = Unreadable::default();
        other.count_once("first_seen_list", 1);
        other.count_once("first_seen_list", 1);
        values.add(&other);
        assert_eq!(values.to_string(), "first_seen_list 2, ip_list 1");
        assert_eq!(serde_json::to_string(&values).unwrap(), r#"{"first_seen_list":2,"ip_list":1}"#);
        let mut later = values.clone();
        later.leave_out(&Unreadable([("ip_list".to_owned(), 1), ("first_seen_list".to_owned(), 1)].into()));
        assert_eq!(later.to_string(), "first_seen_list 1");
        (0..8).for_each(|number| values.count(&format!("x{number}"), 1));
        assert_eq!(
            values.to_string(),
            "first_seen_list 2, ip_list 1, x0 1, x1 1, x2 1, x3 1, x4 1, x5 1 and 2 more fields"
        );
        assert_eq!(values.total(), 11);
    }
}
