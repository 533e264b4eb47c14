//! Keys of own maps.

use crate::MapName;

/// Keys of an own map's versions; all put-if-absent.
#[derive(Debug, Clone, Copy)]
pub struct MapKeys<'a>(pub &'a MapName);

impl MapKeys<'_> {
    /// Prefix of all own maps.
    pub const ALL: &'static str = "maps/";

    /// Prefix of this map.
    pub fn prefix(&self) -> String {
        format!("{}{}/", Self::ALL, self.0)
    }

    /// The text of one version.
    pub fn version(&self, version: u32) -> String {
        format!("{}v{version}.toml", self.prefix())
    }
}

/// Reads the name of a version below the prefix of its map.
pub(super) fn version(name: &str) -> Option<u32> {
    let version = name.strip_prefix('v')?.strip_suffix(".toml")?.parse().ok()?;
    (format!("v{version}.toml") == name).then_some(version)
}
