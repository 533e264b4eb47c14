//! A connection: its name, the state users know it by, and the record that every step swaps atomically.

use crate::definition::ScheduleSettings;
use crate::{Failure, FailureKind, Generation, Intervention, RunId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Name of a connection: 1 to 63 lower-case letters, digits and hyphens, a letter first. It is part of object keys,
/// so nothing else is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConnectionName(String);

impl ConnectionName {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`FailureKind::NameInvalid`].
    pub fn parse(name: &str) -> Result<Self, Failure> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid = (1..=63).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(letters);
        if valid {
            Ok(Self(name.to_owned()))
        } else {
            Err(Failure::new(FailureKind::NameInvalid, format!("connection {name:?}"), "not a valid name"))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ConnectionName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| {
            serde::de::Error::custom(format!(
                "{text:?} is not a name: use 1 to 63 lower-case letters, digits and hyphens, starting with a letter"
            ))
        })
    }
}

/// The five states of the product texts ("Connector States").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionState {
    /// Created, never run.
    Registered,
    /// Waiting for its next scheduled start.
    Scheduled,
    /// A run is fetching or delivering.
    Processing,
    /// The latest run ended well: outcome `complete` or `partial`.
    Processed,
    /// The latest run failed, or its plan is held for a person.
    Errored,
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Registered => "Registered",
            Self::Scheduled => "Scheduled",
            Self::Processing => "Processing",
            Self::Processed => "Processed",
            Self::Errored => "Errored",
        })
    }
}

/// `connections/<connection>/state.json`: changed only by compare-and-swap (I-4, I-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRecord {
    /// State shown to users.
    pub state: ConnectionState,
    /// Number of the newest run; grows by one with each start.
    pub generation: Generation,
    /// The newest run, if any was started.
    pub current_run: Option<RunId>,
    /// When the current run must have ended; a `Processing` past it is dead and may be superseded.
    pub deadline: Option<Timestamp>,
    /// The ledger of the last committed run.
    pub ledger: Option<LedgerPointer>,
    /// What a person last did to the current run after it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervention: Option<Intervention>,
    /// What the current run replays, if it is a replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOrder>,
    /// When this record was last changed.
    pub changed_at: Timestamp,
}

impl ConnectionRecord {
    /// A connection that was just created.
    pub fn registered(now: Timestamp) -> Self {
        Self {
            state: ConnectionState::Registered,
            generation: Generation(0),
            current_run: None,
            deadline: None,
            ledger: None,
            intervention: None,
            replay: None,
            changed_at: now,
        }
    }

    /// The attempt that the current run is at: 0, or the number of the intervention that reopened it last.
    pub fn attempt(&self) -> u32 {
        self.intervention
            .as_ref()
            .map_or(0, |last| if last.reopens() { last.number } else { last.number - 1 })
    }
}

/// A replay before its manifest is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayOrder {
    /// The run whose pages are mapped again.
    pub run: RunId,
    /// Key of the definition to do it with (`connections/<c>/replays/<hash>.json`).
    pub definition: String,
}

/// `connections/<connection>/schedule.json`: how far a schedule has come; changed only by compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRecord {
    /// The schedule this is about. One that is edited counts afresh.
    pub schedule: Option<ScheduleSettings>,
    /// When it was applied; starts before that were not missed.
    pub since: Timestamp,
    /// The latest start that was made.
    pub handled: Option<Timestamp>,
}

impl ScheduleRecord {
    /// The instant after which starts are still to be made.
    pub fn after(&self) -> Timestamp {
        self.handled.map_or(self.since, |handled| handled.max(self.since))
    }
}

/// Which ledger is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPointer {
    /// Generation of the run that wrote it.
    pub generation: Generation,
    /// That run.
    pub run: RunId,
    /// Key of its index object (`connections/<c>/ledger/<generation>/index-<hash>.json`).
    pub index: String,
    /// Key of the list of assets whose last delivery was refused, to be sent again; `None` when all arrived.
    pub undelivered: Option<String>,
}
