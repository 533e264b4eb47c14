//! One record of the ledger, with what its body says and why it is as it is.

use super::body::Described;
use super::scan::Found;
use crate::words;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{Failure, FindingStatus, RunId};
use serde::Serialize;
use serde_json::value::RawValue;

/// A record with what its body says.
#[derive(Debug, Serialize)]
pub struct InventoryRecord {
    /// The asset id.
    pub asset: String,
    /// The finding id; empty for an asset.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// What the mapped bodies of the record and of its asset say.
    #[serde(flatten)]
    pub described: Described,
    /// Site where it was last seen.
    pub site: Option<String>,
    /// Category of its device.
    pub category: Option<String>,
    /// Whether its device is retired.
    pub retired: Option<bool>,
    /// Status at the destination.
    pub status: FindingStatus,
    /// Since when it is closed.
    pub fixed_on: Option<String>,
    /// The authority that closed it.
    pub closed_by: Option<ClosedBy>,
    /// Run that first saw it.
    pub first_seen: RunId,
    /// Run that last saw it.
    pub last_seen: RunId,
    /// Whether the run that wrote the ledger saw it.
    pub seen_last: bool,
    /// Complete runs in a row that missed it.
    pub missing: u32,
    /// What the last run decided on it, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The mapped record as last sent.
    pub body: Box<RawValue>,
}

/// What the run that wrote the ledger decided, and why, in words.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The verdict; `None` when the run's lists are gone.
    pub verdict: Option<Verdict>,
    /// The rule behind it.
    pub rule: Option<Rule>,
    /// The rule in words.
    pub reason: &'static str,
    /// Number of the confirming query that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<u32>,
}

impl InventoryRecord {
    /// Reads a record that was found in the ledger which `run` wrote.
    ///
    /// # Errors
    /// `StoreDamaged`.
    pub fn of(found: &Found, run: &RunId) -> Result<Self, Failure> {
        let record = found.record()?;
        let why = found.decision.map(|decision| Why {
            verdict: decision.verdict,
            rule: decision.rule,
            reason: decision.rule.map_or("the verdicts of that run were removed", words::reason),
            confirmed_by: decision.confirmed_by,
        });
        Ok(Self {
            seen_last: record.last_seen == *run,
            described: found.described()?,
            asset: record.asset.into_owned(),
            finding: record.finding.into_owned(),
            site: record.scope.site.map(Into::into),
            category: record.scope.category.map(Into::into),
            retired: record.scope.retired,
            status: record.status,
            fixed_on: record.fixed_on.map(Into::into),
            closed_by: record.closed_by,
            first_seen: record.first_seen,
            last_seen: record.last_seen,
            missing: record.missing,
            why,
            body: record.body.to_owned(),
        })
    }
}
