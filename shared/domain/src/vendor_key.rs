//! The vendor's own key of a row.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The vendor's own key of a row: one JSON scalar for each key column, just as the vendor wrote it. The vendor is asked for
/// a row by these and by nothing else, so a number stays a number (I-1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VendorKey(Vec<String>);

impl VendorKey {
    /// A key of `columns`, each the JSON text of a string or a number.
    pub fn new(columns: impl IntoIterator<Item = String>) -> Self {
        Self(columns.into_iter().collect())
    }

    /// A key whose columns are texts.
    pub fn of_texts(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let json = |text: String| serde_json::Value::String(text).to_string();
        Self::new(columns.into_iter().map(Into::into).map(json))
    }

    /// The key that a record carries.
    ///
    /// # Errors
    /// When `raw` is no list of JSON values.
    pub fn read(raw: &RawValue) -> Result<Self, serde_json::Error> {
        serde_json::from_str(raw.get())
    }

    /// The JSON texts of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Its columns as texts. Two keys with the same texts name the same row: a vendor may send an id once as a number and
    /// once as a string, or escape a letter.
    pub fn texts(&self) -> Vec<String> {
        let text = |column: &String| serde_json::from_str(column).unwrap_or_else(|_| column.clone());
        self.0.iter().map(text).collect()
    }
}

impl Serialize for VendorKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = |column: &String| RawValue::from_string(column.clone()).map_err(serde::ser::Error::custom);
        self.0.iter().map(raw).collect::<Result<Vec<_>, _>>()?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VendorKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let columns = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        if columns.iter().any(|column| column.get().starts_with(['[', '{'])) {
            return Err(D::Error::custom("a vendor key has only strings and numbers"));
        }
        Ok(Self(columns.iter().map(|column| column.get().to_owned()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::VendorKey;
    use proptest::prelude::*;

    #[test]
    fn a_number_stays_a_number_and_names_the_same_row_as_its_text() {
        let long = r#"["d-1",340282366920938463463374607431768211456]"#;
        let number: VendorKey = serde_json::from_str(long).unwrap();
        assert_eq!(number.columns().next(), Some(r#""d-1""#));
        assert_eq!(serde_json::to_string(&number).unwrap(), long);
        let text = VendorKey::of_texts(["d-1", "340282366920938463463374607431768211456"]);
        assert_eq!(number.texts(), text.texts());
        let escaped: VendorKey = serde_json::from_str(r#"["d\u002d1"]"#).unwrap();
        assert_eq!(escaped.texts(), ["d-1"]);
        assert!(serde_json::from_str::<VendorKey>(r#"["a",{}]"#).is_err());
    }

    proptest! {
        #[test]
        fn every_key_is_read_as_it_was_written(columns in prop::collection::vec(any::<String>(), 1..4)) {
            let key = VendorKey::of_texts(columns.clone());
            let read: VendorKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
            prop_assert_eq!(read.texts(), columns);
            prop_assert_eq!(read, key);
        }
    }
}
