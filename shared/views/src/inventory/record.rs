//! One record of the ledger, with the fields of its body and the reason for its status.

use super::body::Described;
use super::scan::Found;
use crate::words;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{Failure, FindingStatus, RunId};
use serde::Serialize;
use serde_json::value::RawValue;

/// A record with the fields of its body.
#[derive(Debug, Serialize)]
pub struct InventoryRecord {
    /// The asset id.
    pub asset: String,
    /// The finding id; empty for an asset.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// Fields of the mapped bodies of the record and of its asset.
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
    /// Closing date.
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
    /// The last run's decision on it, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The mapped record as last sent.
    pub body: Box<RawValue>,
}

/// The decision of the run that wrote the ledger, and its reason in words.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The verdict; `None` if the run's verdict lists no longer exist.
    pub verdict: Option<Verdict>,
    /// The rule behind it.
    pub rule: Option<Rule>,
    /// The rule in words.
    pub reason: &'static str,
    /// Number of the direct query that it is based on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<u32>,
}

impl InventoryRecord {
    /// Reads a record found in the ledger that `run` wrote.
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
