//! Maps of one's own: their names, their versions, and what a connection writes to use one.

use crate::{Failure, FailureKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Name of an own map: 1 to 63 lower-case letters, digits and hyphens, a letter first. It is part of object keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MapName(String);

impl MapName {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`FailureKind::NameInvalid`].
    pub fn parse(name: &str) -> Result<Self, Failure> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid = (1..=63).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(letters);
        let invalid = || Failure::new(FailureKind::NameInvalid, format!("map {name:?}"), "not a valid name");
        valid.then(|| Self(name.to_owned())).ok_or_else(invalid)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which version of which own map is meant: `name` is the newest, `name@3` (also `name@v3`) always the third.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapReference {
    /// The map.
    pub name: MapName,
    /// The version; `None` for the newest.
    pub version: Option<u32>,
}

impl MapReference {
    /// What `text` refers to.
    ///
    /// # Errors
    /// [`FailureKind::NameInvalid`] for anything else, such as the path of a file.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let Some((name, version)) = text.split_once('@') else {
            return Ok(Self { name: MapName::parse(text)?, version: None });
        };
        let number = version.strip_prefix('v').unwrap_or(version);
        let number = number.parse().ok().filter(|number| *number > 0);
        let invalid = || {
            let detail = format!("{version:?} is not a version; write `{name}@1`, `{name}@2` …");
            Failure::new(FailureKind::NameInvalid, format!("map {text:?}"), detail)
        };
        Ok(Self { name: MapName::parse(name)?, version: Some(number.ok_or_else(invalid)?) })
    }
}

/// A version of an own map. The number counts saves; the hash tells whether two texts are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapVersion {
    /// From 1.
    pub version: u32,
    /// See [`hash`].
    pub hash: String,
}

impl fmt::Display for MapVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("v{}", self.version))
    }
}

/// The first 12 hexadecimal digits of the BLAKE3 hash of a document's text.
pub fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::MapReference;

    #[test]
    fn a_reference_is_a_name_with_or_without_a_version() {
        let parsed =
            |text| MapReference::parse(text).map(|found| (found.name.to_string(), found.version)).ok();
        assert_eq!(parsed("plant-assets"), Some(("plant-assets".to_owned(), None)));
        assert_eq!(parsed("plant@3"), Some(("plant".to_owned(), Some(3))));
        assert_eq!(parsed("plant@v12"), Some(("plant".to_owned(), Some(12))));
        for text in
            ["", "maps/plant.toml", "plant@", "plant@0", "plant@v", "plant@-1", "Plant", "../x", "plant@1@2"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
