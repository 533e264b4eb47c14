//! Policies of a connection: guards and deadline.

use serde::{Deserialize, Serialize};

/// `[guards]`: when a plan waits for a person instead of being applied (I-8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardSettings {
    /// Hold when more than this share of the open findings in scope would be closed by absence, in percent.
    pub max_fixed_percent: f64,
    /// The share is not looked at while fewer findings than this would be closed.
    pub min_fixed: u64,
    /// Hold when more than this many findings would be closed by absence, whatever the share; no limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_fixed: Option<u64>,
    /// Hold when more than this share of the assets in scope would count as gone, in percent; as for findings by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_gone_percent: Option<f64>,
    /// That share is not looked at while fewer assets than this would count as gone; as for findings by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_gone: Option<u64>,
    /// Hold when more than this many assets would count as gone, whatever the share; no limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_gone: Option<u64>,
    /// Hold every plan that sends anything.
    pub hold_always: bool,
    /// Hold when a whole site that had findings or assets is gone.
    pub hold_vanished_site: bool,
    /// Hold when a whole device category is gone.
    pub hold_vanished_category: bool,
    /// Hold when a field that a map reads has no value in any record any more, and had some before.
    pub hold_vanished_field: bool,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            max_fixed_percent: 30.0,
            min_fixed: 10,
            max_fixed: None,
            max_gone_percent: None,
            min_gone: None,
            max_gone: None,
            hold_always: false,
            hold_vanished_site: true,
            hold_vanished_category: true,
            hold_vanished_field: true,
        }
    }
}

/// `[run]`: how long and how wide a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// Minutes after the start at which an undecided run is given up.
    pub deadline_minutes: u32,
    /// Pages fetched and transformed side by side.
    pub fetch_concurrency: u32,
    /// Batches delivered side by side.
    pub delivery_concurrency: u32,
    /// Complete runs in a row that must miss a finding before it is closed.
    pub fix_after_missing_runs: u32,
    /// Complete runs in a row that must miss an asset before it counts as gone; as for findings by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_after_missing_runs: Option<u32>,
    /// Complete runs in a row after which a missing record is closed at a vendor that cannot be asked for single records;
    /// never by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_unasked_after_runs: Option<u32>,
    /// Whether a CVE that the vendor took out of the list of a vulnerability it still reports closes the finding. Without it
    /// the finding stays open.
    pub fix_withdrawn_cves: bool,
    /// Whether pages are kept as the vendor sent them, so that a run can be replayed with another map.
    pub keep_raw_pages: bool,
    /// Runs that are kept, with their ledgers; older ones are removed.
    pub keep_runs: u32,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            deadline_minutes: 240,
            fetch_concurrency: 4,
            delivery_concurrency: 2,
            fix_after_missing_runs: 1,
            gone_after_missing_runs: None,
            close_unasked_after_runs: None,
            fix_withdrawn_cves: true,
            keep_raw_pages: false,
            keep_runs: 30,
        }
    }
}
