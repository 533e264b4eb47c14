//! Records as they are staged and as the ledger keeps them. Bodies stay raw JSON: reconcile compares hashes and
//! moves bodies, it never reads them.

use crate::RunId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Key of a finding inside a connection: asset id, then finding id. Assets use an empty finding id, so they sort
/// before their findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingKey {
    /// The vendor's asset id (xDome: `uid` / `device_uid`).
    pub asset: String,
    /// The finding id (xDome: `vulnerability_id`, then `:` and the CVE where there is one).
    pub finding: String,
}

/// Attributes of the scope a record was seen in; they decide whether a later, narrower scope may judge it (I-1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope<'a> {
    /// Device category: `IoT`, `IT`, `Medical`, `OT`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Cow<'a, str>>,
    /// Site name.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Cow<'a, str>>,
    /// Whether the device is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<bool>,
}

impl Scope<'_> {
    /// The site as a group of records: without a site, null, absent and blank alike, they are the group `""`.
    pub fn site_group(&self) -> &str {
        group(self.site.as_deref())
    }

    /// The device category as a group of records, as [`Scope::site_group`].
    pub fn category_group(&self) -> &str {
        group(self.category.as_deref())
    }

    /// The same attributes, owned.
    pub fn into_owned(self) -> Scope<'static> {
        Scope {
            category: self.category.map(|text| Cow::Owned(text.into_owned())),
            site: self.site.map(|text| Cow::Owned(text.into_owned())),
            retired: self.retired,
        }
    }
}

fn group(name: Option<&str>) -> &str {
    name.filter(|name| !name.trim().is_empty()).unwrap_or_default()
}

/// How much of the list that a row's findings are made of could be read (xDome: `vulnerability_cve_ids`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartsRead {
    /// All of it, so a finding that the list no longer makes was withdrawn by the vendor.
    #[default]
    All,
    /// Some of it. The rest may hold any finding that the row made before.
    Some,
    /// Nothing: it is null, absent, empty or has no CVE in it. The record stands for the row as a whole.
    None,
}

impl PartsRead {
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// What the vendor says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Detected (xDome: `Confirmed`, `Potentially Relevant`, or a value we do not know).
    Open,
    /// Resolved (xDome: `Fixed`).
    Fixed,
    /// Judged not to apply (xDome: `Irrelevant`). Closed at the destination, never counted as mended.
    Irrelevant,
}

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
    /// The vendor's own key of the row, a [`VendorKey`](crate::VendorKey).
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
    /// Who closed it, when it is closed.
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

/// Who closed a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosedBy {
    /// The vendor said so.
    Vendor,
    /// It was missing from a complete run and its absence was confirmed.
    Absence,
}
