//! Changes of the vendor's world, as orders and as reports.

use serde::{Deserialize, Serialize};

/// One change, written `{ "change": "…", … }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Time passes and many things change.
    Advance(Advance),
    /// A site goes with its devices and findings.
    RemoveSite {
        /// Its name.
        site: String,
    },
    /// A site gets another name; its devices stay.
    RenameSite {
        /// Its name.
        site: String,
        /// The new one.
        to: String,
    },
    /// The first rows of active devices go, so that later pages move forward.
    RemoveFirst {
        /// What to remove.
        stream: Rows,
        /// How many.
        rows: u32,
    },
    /// New rows of active devices appear before all or near the first, so that later pages move backward.
    InsertFirst {
        /// What to insert.
        stream: Rows,
        /// How many.
        rows: u32,
    },
    /// One finding goes.
    DeleteFinding(FindingRef),
    /// A finding appears, `Confirmed`, on a device that exists.
    InsertFinding {
        /// The device.
        device_uid: String,
        /// The vendor's id; the first that the device could have and has not, when absent.
        #[serde(default)]
        vulnerability_id: Option<String>,
    },
    /// A finding gets another relevance, with today's date as resolution date when it is closed by it.
    SetRelevance {
        /// The device.
        device_uid: String,
        /// The vendor's id.
        vulnerability_id: String,
        /// The relevance.
        relevance: Relevance,
    },
    /// A device goes with its findings.
    DeleteDevice {
        /// Its uid.
        device_uid: String,
    },
    /// A device appears, without findings.
    InsertDevice {
        /// Its uid; one of the simulator's choice when absent.
        #[serde(default)]
        device_uid: Option<String>,
        /// Name of its site; one of the simulator's choice when absent.
        #[serde(default)]
        site: Option<String>,
    },
    /// A device is retired, or in use again.
    SetRetired {
        /// Its uid.
        device_uid: String,
        /// Whether it is retired.
        retired: bool,
    },
    /// The API answers with other fields from now on, whatever is asked for.
    Reshape(Reshape),
}

/// A change of the shape of rows, written `{ "change": "reshape", "of": "…", … }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Reshape {
    /// Every row has one more field, a text.
    Add {
        /// Rows of which endpoint.
        stream: Rows,
        /// The field.
        field: String,
    },
    /// A field has another name.
    Rename {
        /// Rows of which endpoint.
        stream: Rows,
        /// The field.
        field: String,
        /// The new name.
        to: String,
    },
    /// The values of a field have another type: a text becomes a list, everything else a text.
    Retype {
        /// Rows of which endpoint.
        stream: Rows,
        /// The field.
        field: String,
    },
}

/// How much an [`Change::Advance`] changes. Absent counts follow from `percent`; given ones are exact as long as there
/// is enough to change. No finding changes twice, and only findings of active devices change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Advance {
    /// Share of the findings that change, in percent, 1 when absent: a quarter each new, vanished, fixed; an eighth
    /// rescored; a sixteenth each irrelevant, reopened. A tenth of that share of the devices each appears, goes, and
    /// gets new firmware.
    pub percent: Option<f64>,
    /// Days that pass; 1 when absent.
    pub days: Option<u16>,
    /// Findings that appear.
    pub new: Option<u32>,
    /// Open findings that vanish without a trace.
    pub vanished: Option<u32>,
    /// Open findings that become `Fixed`.
    pub fixed: Option<u32>,
    /// Open findings that become `Irrelevant`.
    pub irrelevant: Option<u32>,
    /// Closed findings that become `Confirmed` again.
    pub reopened: Option<u32>,
    /// Open findings whose adjusted vulnerability score changes.
    pub rescored: Option<u32>,
    /// Devices that appear, with findings of their own.
    pub devices_added: Option<u32>,
    /// Devices that go, with their findings.
    pub devices_removed: Option<u32>,
    /// Devices that get other firmware and are seen again.
    pub devices_changed: Option<u32>,
    /// Whether one site gets another name.
    pub rename_site: bool,
}

/// A stream of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// Devices.
    Devices,
    /// Device-vulnerability relations.
    Relations,
}

/// The vendor's verdict on a pair of device and vulnerability; spelled as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Relevance {
    /// Open, proven.
    Confirmed,
    /// Open, likely.
    #[serde(rename = "Potentially Relevant")]
    PotentiallyRelevant,
    /// Closed: repaired.
    Fixed,
    /// Closed: does not apply.
    Irrelevant,
}

impl Relevance {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::PotentiallyRelevant, Self::Fixed, Self::Irrelevant];

    /// The text on the wire.
    pub fn text(self) -> &'static str {
        match self {
            Self::Confirmed => "Confirmed",
            Self::PotentiallyRelevant => "Potentially Relevant",
            Self::Fixed => "Fixed",
            Self::Irrelevant => "Irrelevant",
        }
    }

    /// Whether the finding is open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Confirmed | Self::PotentiallyRelevant)
    }
}

/// A finding by the vendor's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingRef {
    /// The device's uid.
    pub device_uid: String,
    /// The vendor's id of the vulnerability.
    pub vulnerability_id: String,
}

/// What a change did. Findings are listed in order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Findings that appeared.
    pub added: Vec<FindingRef>,
    /// Findings that are gone, those of removed devices included.
    pub removed: Vec<FindingRef>,
    /// Findings that became `Fixed`.
    pub fixed: Vec<FindingRef>,
    /// Findings that became `Irrelevant`.
    pub irrelevant: Vec<FindingRef>,
    /// Findings that are open again.
    pub reopened: Vec<FindingRef>,
    /// Findings whose score changed.
    pub rescored: Vec<FindingRef>,
    /// Uids of devices that appeared.
    pub devices_added: Vec<String>,
    /// Uids of devices that are gone.
    pub devices_removed: Vec<String>,
    /// Uids of devices with other firmware or another retired mark.
    pub devices_changed: Vec<String>,
    /// Old and new name of renamed sites.
    pub sites_renamed: Vec<(String, String)>,
}
