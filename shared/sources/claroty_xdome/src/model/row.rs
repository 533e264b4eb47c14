//! One row before it is mapped: its key, its scope and its parts.

use super::cves::cves;
use super::derived::id;
use super::record::{fixed_on, scope, status};
use causeway_domain::page::Reject;
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, RowKey, Scope, Stream, VendorKey};
use causeway_maps::{Applier, RowFailure};
use std::borrow::Cow;

/// A row that was read.
#[derive(Debug)]
pub(super) struct Row<'r> {
    pub(super) asset: Cow<'r, str>,
    /// The vendor's own id; empty in the assets stream.
    pub(super) vulnerability: Cow<'r, str>,
    status: FindingStatus,
    fixed_on: Option<String>,
    scope: Scope<'r>,
    /// JSON of the vendor's ids: of the device, and of the vulnerability in the findings stream.
    vendor_key: [&'r str; 2],
    parts_read: PartsRead,
    /// Whether a field of the key stands in the row more than once.
    pub(super) repeats_key: bool,
}

/// Slots of the fields that every row of a stream is read for.
#[derive(Debug)]
pub(super) struct Places {
    asset: Option<usize>,
    vulnerability: Option<usize>,
    cves: Option<usize>,
    relevance: Option<usize>,
    resolution: Option<usize>,
    category: Option<usize>,
    site: Option<usize>,
    retired: Option<usize>,
}

impl Places {
    /// The slots in rows that `applier` reads.
    pub(super) fn new(stream: Stream, applier: &Applier<'_>) -> Self {
        let (asset, site, retired) = match stream {
            Stream::Assets => ("uid", "site_name", "retired"),
            Stream::Findings => ("device_uid", "device_site_name", "device_retired"),
        };
        Self {
            asset: applier.slot(asset),
            vulnerability: applier.slot("vulnerability_id"),
            cves: applier.slot("vulnerability_cve_ids"),
            relevance: applier.slot("vulnerability_relevance"),
            resolution: applier.slot("device_vulnerability_resolution_date"),
            category: applier.slot("device_category"),
            site: applier.slot(site),
            retired: applier.slot(retired),
        }
    }
}

impl<'r> Row<'r> {
    /// Reads the current row of `applier`. `parts` become its CVEs, or one empty text.
    ///
    /// # Errors
    /// The reason in words if the row has no key.
    pub(super) fn read(
        stream: Stream,
        applier: &Applier<'r>,
        places: &Places,
        parts: &mut Vec<Cow<'r, str>>,
    ) -> Result<Self, String> {
        let raw = |place: Option<usize>| applier.raw_at(place?);
        let key = |place, wire: &str| {
            let found = raw(place).and_then(|raw| Some((id(raw)?, raw.trim())));
            found.ok_or_else(|| format!("`{wire}` is no usable key"))
        };
        let repeats = |place: Option<usize>| place.is_some_and(|place| applier.repeats(place));
        let repeats_key = repeats(places.asset) || repeats(places.vulnerability);
        let scope = scope(raw(places.category), raw(places.site), raw(places.retired));
        parts.clear();
        let row = match stream {
            Stream::Assets => {
                let (asset, device) = key(places.asset, "uid")?;
                let (vulnerability, vendor_key) = (Cow::Borrowed(""), [device, ""]);
                let (status, fixed_on, parts_read) = (FindingStatus::Open, None, PartsRead::All);
                Self { asset, vulnerability, status, fixed_on, scope, vendor_key, parts_read, repeats_key }
            }
            Stream::Findings => {
                let status = status(raw(places.relevance));
                let fixed_on = fixed_on(status, raw(places.resolution));
                let parts_read = cves(raw(places.cves), parts);
                let (asset, device) = key(places.asset, "device_uid")?;
                let (vulnerability, own) = key(places.vulnerability, "vulnerability_id")?;
                let vendor_key = [device, own];
                Self { asset, vulnerability, status, fixed_on, scope, vendor_key, parts_read, repeats_key }
            }
        };
        if parts.is_empty() {
            parts.push(Cow::Borrowed(""));
        }
        Ok(row)
    }

    /// Attributes shared by the records of the row.
    pub(super) fn shared(&self) -> causeway_ports::Row<'_> {
        causeway_ports::Row {
            asset: &self.asset,
            status: self.status,
            fixed_on: self.fixed_on.as_deref(),
            scope: self.scope.clone(),
            vendor_key: self.columns(),
            parts_read: self.parts_read,
        }
    }

    /// JSON of the key columns of its stream.
    fn columns(&self) -> &[&'r str] {
        let [device, vulnerability] = &self.vendor_key;
        if vulnerability.is_empty() { std::slice::from_ref(device) } else { &self.vendor_key }
    }

    /// The vendor's key of the row.
    pub(super) fn key(&self) -> RowKey {
        let vulnerability = Some(&self.vulnerability).filter(|id| !id.is_empty());
        RowKey::of(std::iter::once(&self.asset).chain(vulnerability))
    }

    /// Rejects the row as a whole: the vendor's key blocks all findings that it made before.
    pub(super) fn reject(&self, row: u64, failure: &RowFailure) -> Reject {
        let columns = self.columns().iter().map(|column| (*column).to_owned());
        Reject {
            asset: Some(self.asset.to_string()),
            finding: Some(self.vulnerability.to_string()).filter(|id| !id.is_empty()),
            vendor_key: Some(VendorKey::new(columns)),
            row,
            unread: false,
            reason: failure.reason(self.key().as_str()),
        }
    }
}

/// The device of a row without a full key, so that the reject blocks this device only.
pub(super) fn asset_of(stream: Stream, applier: &Applier<'_>, raw: &str) -> Option<String> {
    if stream == Stream::Assets || !raw.starts_with('{') {
        return None;
    }
    applier.raw("device_uid").and_then(id).map(Cow::into_owned)
}
