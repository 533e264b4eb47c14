//! What a person does to a run that is decided: approve or discard its held plan, or redrive it (`docs/adr/0007`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `runs/<connection>/<run>/interventions/<number>.json`, and, while the run is its connection's newest, in `state.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervention {
    /// Number inside the run, from 1. One that reopens the run begins the attempt of the same number.
    pub number: u32,
    /// What was done.
    pub kind: InterventionKind,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When the attempt must be decided (I-11); `None` when the run was not reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

/// What a person may do to a decided run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterventionKind {
    /// The held plan is carried out.
    Approve,
    /// The held plan is turned down, for good.
    Discard,
    /// What was given up is tried again.
    Redrive,
}

impl Intervention {
    /// Whether the run goes on.
    pub fn reopens(&self) -> bool {
        self.kind != InterventionKind::Discard
    }
}

impl fmt::Display for InterventionKind {
    /// In the past: `approved`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approve => "approved",
            Self::Discard => "discarded",
            Self::Redrive => "redriven",
        })
    }
}
