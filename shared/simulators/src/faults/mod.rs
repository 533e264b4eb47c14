//! Fault scripts: the requests that go wrong, and the way in which they do.
//!
//! A script is a list of [`Fault`]s, in TOML as `[[faults]]` or in JSON as an array. Each request is compared with the
//! faults in order, and the first match takes effect; no clock and no chance is involved.

mod action;
mod script;

pub use action::{Action, Breaking, RowsOf};
pub(crate) use script::{FaultScript, Kind};

use serde::{Deserialize, Serialize};

/// One entry of a fault script. Absent conditions match every request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// Only requests at this endpoint.
    pub endpoint: Option<Endpoint>,
    /// Only pages from this offset on.
    pub offset_from: Option<u64>,
    /// Only pages before this offset.
    pub offset_before: Option<u64>,
    /// Only the nth of the requests that match the other conditions, from 1.
    pub nth: Option<u64>,
    /// Only every nth of the requests that match the other conditions.
    pub every: Option<u64>,
    /// Maximum number of times.
    pub times: Option<u64>,
    /// The action.
    pub action: Action,
}

/// An endpoint, by its name in faults, tokens and counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// xDome `/api/v1/devices/`.
    Devices,
    /// xDome `/api/v1/device_vulnerability_relations/`.
    Relations,
    /// ETM `/auth`.
    Auth,
    /// ETM `/rest/2.0/am/connector/asset/data/sync`.
    Sync,
}

impl Endpoint {
    /// The name in scripts and counters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Relations => "relations",
            Self::Auth => "auth",
            Self::Sync => "sync",
        }
    }
}
