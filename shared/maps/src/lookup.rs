//! Lookup tables with case-insensitive keys.

use std::collections::BTreeMap;

/// A lookup table: values as JSON text by case-insensitive key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookup {
    rows: Vec<(String, String)>,
    /// Position of each key, by its case-folded form.
    places: BTreeMap<String, usize>,
    /// Default: the value if the source has none or it is not in the table.
    pub default: Option<String>,
}

/// Tables of up to this many rows are searched linearly, without a case-folded copy of the key.
const FEW: usize = 16;

impl Lookup {
    /// Keys and values in the order of the file.
    pub fn rows(&self) -> &[(String, String)] {
        &self.rows
    }

    /// Adds a row. Adds nothing and returns `false` when the key exists already.
    pub(crate) fn push(&mut self, key: &str, value: String) -> bool {
        let folded = key.to_lowercase();
        if self.places.contains_key(&folded) {
            return false;
        }
        self.places.insert(folded, self.rows.len());
        self.rows.push((key.to_owned(), value));
        true
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let few = self.rows.len() <= FEW && key.is_ascii();
        let row = match few {
            true => self.rows.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)),
            false => self.places.get(&key.to_lowercase()).and_then(|place| self.rows.get(*place)),
        };
        row.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Lookup;

    #[test]
    fn a_short_and_a_long_table_find_the_same_keys() {
        let mut short = Lookup::default();
        assert!(short.push("High", "4".to_owned()) && short.push("Größe", "5".to_owned()));
        assert!(
            !short.push("HIGH", "6".to_owned())
                && !short.push("GRÖSSE".replace("SS", "ß").as_str(), "7".to_owned())
        );
        let mut long = short.clone();
        for number in 0..100 {
            assert!(long.push(&number.to_string(), "0".to_owned()));
        }
        for table in [&short, &long] {
            let found = ["high", "HIGH", "GRÖßE", "größe", "low"].map(|key| table.get(key));
            assert_eq!(found, [Some("4"), Some("4"), Some("5"), Some("5"), None]);
        }
    }
}
