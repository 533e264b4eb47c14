//! A line as a record: staged by a run, or kept in the ledger. Bodies stay raw JSON: reconcile compares hashes and moves bodies,
//! and never reads them.

use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingStatus, RunId, Scope};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One line of a staged page of either stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StagedRecord<'a> {
    /// Asset id.
    #[serde(borrow)]
    pub asset: Cow<'a, str>,
    /// Finding id; empty in the assets stream.
    #[serde(borrow, default)]
    pub finding: Cow<'a, str>,
    /// 0 for the first record made of a vendor row, 1, 2 … for the others, so rows can be counted.
    #[serde(default)]
    pub part: u16,
    /// Vendor's status; always `open` in the assets stream.
    pub status: FindingStatus,
    /// When the vendor saw it resolved, RFC 3339.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub fixed_on: Option<Cow<'a, str>>,
    /// Scope it was seen in.
    #[serde(borrow, default)]
    pub scope: Scope<'a>,
    /// The vendor's own key of the row, a [`VendorKey`](causeway_domain::VendorKey).
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub vendor_key: Option<&'a RawValue>,
    /// The part of the row's list of findings that could be read.
    #[serde(default, skip_serializing_if = "PartsRead::is_all")]
    pub parts_read: PartsRead,
    /// Content hash of `status`, `fixed_on` and `body`: 32 hexadecimal digits.
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
    /// The mapped record in the words of the map's targets.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

/// One line of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerRecord<'a> {
    /// Asset id.
    #[serde(borrow)]
    pub asset: Cow<'a, str>,
    /// Finding id; empty for the asset itself.
    #[serde(borrow, default)]
    pub finding: Cow<'a, str>,
    /// Status at the destination after the run that wrote this line.
    pub status: FindingStatus,
    /// Since when it is closed, RFC 3339.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub fixed_on: Option<Cow<'a, str>>,
    /// The authority that closed it; `None` while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<ClosedBy>,
    /// Scope it was last seen in.
    #[serde(borrow, default)]
    pub scope: Scope<'a>,
    /// The vendor's own key of the row it was last seen in. Ledgers written before this was kept have none, and what has
    /// none is not closed for its absence.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub vendor_key: Option<&'a RawValue>,
    /// Content hash as last sent.
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
    /// Run that first saw it.
    pub first_seen: RunId,
    /// Run that last saw it.
    pub last_seen: RunId,
    /// Complete runs in a row, up to the last one, that looked for it and did not see it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: u32,
    /// The mapped record as last sent.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
