//! Settings of the receiver.

use causeway_domain::Failure;
use causeway_domain::definition::{Field, Kind, ReceiverDescriptor, ReceiverFacts, Settings};
use serde::{Deserialize, Serialize};

/// NDJSON files in a folder.
pub static DESCRIPTOR: ReceiverDescriptor =
    ReceiverDescriptor { name: "files", title: "Files", fields: FIELDS, shipped: &[], facts };

/// `[destination.files]`; its fields are documented in [`DESCRIPTOR`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSettings {
    /// Folder; each run gets a folder of its own in it.
    pub folder: String,
}

impl FilesSettings {
    /// The settings of a connection's destination.
    ///
    /// # Errors
    /// `DefinitionInvalid` for the settings of another receiver.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        DESCRIPTOR.typed(settings)
    }
}

const FIELDS: &[Field<'static>] = &[Field::required("folder", Kind::Folder).help(
    "Folder for `<connection>/<run>/assets-<n>.ndjson` and `findings-<n>.ndjson`. New folders may be entered by their \
     owner only (mode 0700). The folder itself may be a link; a link or another user's folder below it is refused.",
)];

fn facts(settings: &Settings) -> Result<ReceiverFacts, Failure> {
    Ok(ReceiverFacts { connector: None, account: FilesSettings::of(settings)?.folder })
}
