//! Attributes of a record, wherever it is: in an answer, staged, or in the ledger.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Key of a finding inside a connection: asset id, then finding id. Assets use an empty finding id, so they sort
/// before their findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingKey {
    /// The vendor's asset id.
    pub asset: String,
    /// The finding id, with the part of the row where a row makes several findings.
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

/// How much of the list that a row's findings are made of could be read.
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
    /// Whether nothing of the list was left unread.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// Status of a finding as the vendor reports it. An asset is either open or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Detected, or in a state that the source does not know.
    Open,
    /// Resolved.
    Fixed,
    /// Judged not to apply. Closed at the destination, never counted as mended.
    Irrelevant,
    /// An asset whose absence was confirmed. No vendor says so, and no finding has it.
    Gone,
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
