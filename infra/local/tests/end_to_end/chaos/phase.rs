//! Where a run stands, told from its objects.

use crate::process::Result;
use crate::twin::read_json;
use serde_json::Value;
use std::path::Path;

/// What a process was at when it was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// From the first instruction of the process to the last queued page.
    Starting,
    /// Pages are read and staged, moved ones read again.
    Fetching,
    /// The vendor is asked for what is missing.
    Confirming,
    /// Ledger, verdicts and deliveries are written.
    Planning,
    /// The plan is made, not all receipts are there.
    Delivering,
    /// Everything arrived or the outcome is written, the ledger is not in force yet.
    Committing,
    /// The run is decided; the process tells its account and ends.
    Leaving,
}

impl Phase {
    pub(super) const ALL: [Self; 7] = [
        Self::Starting,
        Self::Fetching,
        Self::Confirming,
        Self::Planning,
        Self::Delivering,
        Self::Committing,
        Self::Leaving,
    ];

    /// The phase of the first run after generation `before`.
    pub(super) fn of(home: &Path, before: u64) -> Result<Self> {
        let state = state(home)?;
        let now = state.get("generation").and_then(Value::as_u64).unwrap_or_default();
        if now <= before {
            return Ok(Self::Starting);
        }
        if state.get("state").and_then(Value::as_str) != Some("Processing") {
            return Ok(Self::Leaving);
        }
        let run = state.get("current_run").and_then(Value::as_str).unwrap_or_default();
        let objects = home.join("objects");
        let run = objects.join("runs/plant").join(run);
        let entries = |name: &str| std::fs::read_dir(run.join(name)).map_or(0, Iterator::count);
        let has = |name: &str| run.join(name).exists();
        let ledger = objects.join(format!("connections/plant/ledger/{now:06}"));
        Ok(if has("outcome.json") {
            Self::Committing
        } else if has("plan.json") {
            if entries("receipts") < entries("deliveries") { Self::Delivering } else { Self::Committing }
        } else if has("plan") || has("deliveries") || ledger.exists() {
            Self::Planning
        } else if has("coverage.json") {
            Self::Confirming
        } else if has("pages-queued.json") {
            Self::Fetching
        } else {
            Self::Starting
        })
    }

    /// The one after it that a run can be in.
    pub(super) fn next(self) -> Self {
        let later = Self::ALL.into_iter().find(|phase| *phase > self);
        later.unwrap_or(self).min(Self::Committing)
    }
}

/// How many runs the connection has claimed.
pub(super) fn generation(home: &Path) -> Result<u64> {
    Ok(state(home)?.get("generation").and_then(Value::as_u64).unwrap_or_default())
}

fn state(home: &Path) -> Result<Value> {
    read_json(&home.join("objects/connections/plant/state.json"))
}
