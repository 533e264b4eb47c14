//! The identity of a row inside its stream.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The vendor's key of a row as text, or what stands for a row without a readable key.
///
/// Columns are joined by `|`. A stand-in begins with `#`. A backslash comes before each character of a column that would
/// be taken for one of these, so different rows never have the same key. An ordinary key is printed as the vendor wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowKey(String);

/// Between two columns.
const SEPARATOR: char = '|';
/// Before a stand-in.
const KEYLESS: char = '#';
/// Before a character of a column that would mean something else.
const ESCAPE: char = '\\';

impl RowKey {
    /// The key with these columns.
    pub fn of<C: AsRef<str>>(columns: impl IntoIterator<Item = C, IntoIter: Clone>) -> Self {
        let columns = columns.into_iter();
        let mut text = String::with_capacity(columns.clone().map(|column| column.as_ref().len() + 1).sum());
        for (number, column) in columns.enumerate() {
            if number > 0 {
                text.push(SEPARATOR);
            }
            push_column(&mut text, column.as_ref(), number == 0);
        }
        Self(text)
    }

    /// `stand_in` for a row without a readable key. Equal stand-ins may be different rows.
    pub fn keyless(stand_in: impl fmt::Display) -> Self {
        Self(format!("{KEYLESS}{stand_in}"))
    }

    /// The key that was printed as `text`; any text is one.
    pub fn parse(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the row has no readable key, and so no identity.
    pub fn is_keyless(&self) -> bool {
        self.0.starts_with(KEYLESS)
    }

    /// The columns; `None` without a readable key.
    pub fn columns(&self) -> Option<Vec<String>> {
        if self.is_keyless() {
            return None;
        }
        let (mut columns, mut column) = (Vec::new(), String::new());
        let mut rest = self.0.chars();
        while let Some(next) = rest.next() {
            match next {
                SEPARATOR => columns.push(std::mem::take(&mut column)),
                // Keys from before escapes may end with a backslash.
                ESCAPE => column.push(rest.next().unwrap_or(ESCAPE)),
                _ => column.push(next),
            }
        }
        columns.push(column);
        Some(columns)
    }

    /// As printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn push_column(text: &mut String, column: &str, first: bool) {
    if first && column.starts_with(KEYLESS) {
        text.push(ESCAPE);
    }
    // Each row has a key, and hardly any key has a special character.
    if !column.contains([SEPARATOR, ESCAPE]) {
        text.push_str(column);
        return;
    }
    for letter in column.chars() {
        if matches!(letter, SEPARATOR | ESCAPE) {
            text.push(ESCAPE);
        }
        text.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::RowKey;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_key_is_printed_as_before() {
        let key = RowKey::of(["d-1", "ICSA-21-161-01:CVE-2021-44228 #2"]);
        assert_eq!(key.as_str(), "d-1|ICSA-21-161-01:CVE-2021-44228 #2");
        assert_eq!(RowKey::keyless("row-7").to_string(), "#row-7");
    }

    #[test]
    fn a_key_is_not_taken_for_a_stand_in() {
        let key = RowKey::of(["#row-7"]);
        assert_eq!(key.as_str(), "\\#row-7");
        assert!(!key.is_keyless() && key != RowKey::keyless("row-7"));
    }

    #[test]
    fn the_place_of_a_separator_matters() {
        assert_ne!(RowKey::of(["a|b", "c"]), RowKey::of(["a", "b|c"]));
        assert_ne!(RowKey::of(["a\\", "b"]), RowKey::of(["a|b"]));
    }

    /// Texts in which the special characters are frequent.
    fn column() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[#|\\\\a]{0,6}"]
    }

    proptest! {
        #[test]
        fn columns_are_read_as_they_were_printed(columns in prop::collection::vec(column(), 1..4)) {
            let key = RowKey::of(&columns);
            let read = RowKey::parse(key.to_string());
            prop_assert_eq!(&read, &key);
            prop_assert_eq!(read.columns(), Some(columns));
        }

        #[test]
        fn a_stand_in_is_read_as_it_was_printed(stand_in in column(), columns in prop::collection::vec(column(), 1..4)) {
            let key = RowKey::keyless(&stand_in);
            let read: RowKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
            prop_assert_eq!(&read, &key);
            prop_assert_eq!(read.columns(), None);
            prop_assert_ne!(read, RowKey::of(&columns));
        }
    }
}
