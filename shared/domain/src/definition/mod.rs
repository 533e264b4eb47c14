//! The definition of a connection: what a person writes in one TOML file.
//!
//! Settings carry the names of the product texts. Unknown fields are refused, defaults are those of the product, and
//! secrets appear by name only (I-12).

mod descriptor;
mod field;
mod fields_table;
mod json_schema;
mod mistakes;
mod overlap;
mod parse;
mod policy;
mod scalar;
mod schedule;
mod schedule_rules;
mod schema;
mod scope_filter;
mod settings;
mod suggestion;

pub use descriptor::{
    Catalog, ConnectorDescriptor, Descriptor, DocumentReference, Purpose, ReceiverDescriptor, ReceiverFacts,
    SourceFacts,
};
pub use field::{Field, Kind, Preset};
pub use fields_table::fields_table;
pub use json_schema::json_schema;
pub use mistakes::{DefinitionErrors, Mistake};
pub use overlap::Overlap;
pub use policy::{GuardSettings, RunSettings};
pub use schedule::{Day, LocalTime, Occurs, ScheduleSettings, TimeOfDay};
pub use scope_filter::ScopeFilter;
pub use settings::Settings;

use crate::{ConnectionName, MapVersion};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name, unique on this machine or in this stack.
    pub name: ConnectionName,
    /// Free text for people.
    #[serde(default)]
    pub description: String,
    /// Where data comes from; the key is the connector's name.
    pub source: Settings,
    /// Where data goes to; the key is the destination's name.
    pub destination: Settings,
    /// *Preserve Findings Missing in Latest Sync*: findings absent in the latest run keep their status. Off: they
    /// are marked Fixed once their absence is confirmed.
    #[serde(default)]
    pub preserve_missing_findings: bool,
    /// The same for assets; as for findings by default. Off: they count as gone once their absence is confirmed, and nothing
    /// is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preserve_missing_assets: Option<bool>,
    /// *Retain Delta*: send only what changed since the last run. Off: send everything afresh each time.
    #[serde(default = "enabled")]
    pub retain_delta: bool,
    /// When a plan waits for a person.
    #[serde(default)]
    pub guards: GuardSettings,
    /// Deadline and concurrency.
    #[serde(default)]
    pub run: RunSettings,
    /// When it runs by itself; without it, only when it is asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleSettings>,
}

fn enabled() -> bool {
    true
}

/// `connections/<connection>/definition.json`: a definition with the text of every document it refers to, so that a
/// run needs no file of the machine on which it was applied, and a later edit of a map changes no run in progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// The definition.
    pub definition: Definition,
    /// Maps, target profile and certificate authorities, by the name or path the definition uses for them.
    pub documents: BTreeMap<String, String>,
    /// Which of the documents are versions of own maps, by the same names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, MapVersion>,
}

/// A map or target profile of a connection, as its runs use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MapInUse {
    /// What it is for: `assets`, `findings`, or `destination` for a target profile.
    pub role: &'static str,
    /// As the definition names it: a shipped one, an own one, or a file.
    pub name: String,
    /// Number of the version, when it is an own map.
    pub version: Option<u32>,
    /// Content hash of its text, see [`crate::map::hash`].
    pub hash: String,
}

impl Registered {
    /// Its maps, and its target profile if it has one.
    pub fn maps(&self, catalog: &Catalog) -> Vec<MapInUse> {
        let in_use = |DocumentReference { name, purpose, .. }| {
            let role = purpose.role()?;
            let hash = crate::map::hash(self.documents.get(&name)?);
            let version = self.versions.get(&name).map(|version| version.version);
            Some(MapInUse { role, name, version, hash })
        };
        catalog.documents(&self.definition).into_iter().filter_map(in_use).collect()
    }

    /// The document that the definition calls `name`.
    ///
    /// # Errors
    /// `NotFound` when it was not registered.
    pub fn document(&self, name: &str) -> Result<&str, crate::Failure> {
        self.documents.get(name).map(String::as_str).ok_or_else(|| {
            crate::Failure::new(
                crate::FailureKind::NotFound,
                format!("document {name:?} of connection {}", self.definition.name),
                "not registered; apply the connection again",
            )
        })
    }
}
