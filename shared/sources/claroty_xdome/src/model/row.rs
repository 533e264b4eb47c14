//! One row before it is mapped: where it belongs, and which records it becomes.

use super::cves::cves;
use super::derived::id;
use super::record::{Standing, fixed_on, scope, status};
use causeway_domain::page::Reject;
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, Stream, VendorKey};
use causeway_maps::{Applier, RowFailure};
use std::borrow::Cow;

/// A row that was read: where it belongs and what its records say.
#[derive(Debug)]
pub(super) struct Row<'r> {
    pub(super) asset: Cow<'r, str>,
    /// The vendor's own id; empty in the assets stream.
    pub(super) vulnerability: Cow<'r, str>,
    pub(super) standing: Standing<'r>,
}

/// Where the fields stand that every row of a stream is read for.
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
    /// The places in the rows that `applier` reads.
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
    /// Reads the row that `applier` has taken up. `parts` become its CVEs, or one empty text.
    ///
    /// # Errors
    /// Why it has no key, in words.
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
        let scope = scope(raw(places.category), raw(places.site), raw(places.retired));
        parts.clear();
        let row = match stream {
            Stream::Assets => {
                let (asset, device) = key(places.asset, "uid")?;
                let (status, vendor_key) = (FindingStatus::Open, (device, None));
                let parts_read = PartsRead::All;
                let standing = Standing { status, fixed_on: None, scope, vendor_key, parts_read };
                Self { asset, vulnerability: Cow::Borrowed(""), standing }
            }
            Stream::Findings => {
                let status = status(raw(places.relevance));
                let fixed_on = fixed_on(status, raw(places.resolution));
                let parts_read = cves(raw(places.cves), parts);
                let (asset, device) = key(places.asset, "device_uid")?;
                let (vulnerability, own) = key(places.vulnerability, "vulnerability_id")?;
                let vendor_key = (device, Some(own));
                let standing = Standing { status, fixed_on, scope, vendor_key, parts_read };
                Self { asset, vulnerability, standing }
            }
        };
        if parts.is_empty() {
            parts.push(Cow::Borrowed(""));
        }
        Ok(row)
    }

    /// The vendor's key of the row.
    pub(super) fn key(&self) -> String {
        let between = if self.vulnerability.is_empty() { "" } else { "|" };
        [&self.asset, between, &self.vulnerability].concat()
    }

    /// A row is rejected as a whole: whatever findings it made before are blocked by the vendor's key.
    pub(super) fn reject(&self, row: u64, failure: &RowFailure) -> Reject {
        let (device, vulnerability) = self.standing.vendor_key;
        let columns = std::iter::once(device).chain(vulnerability).map(str::to_owned);
        Reject {
            asset: Some(self.asset.to_string()),
            finding: Some(self.vulnerability.to_string()).filter(|id| !id.is_empty()),
            vendor_key: Some(VendorKey::new(columns)),
            row,
            unread: false,
            reason: failure.reason(&self.key()),
        }
    }
}

/// The device of a row without a full key, so that what is known of it blocks no more than that device.
pub(super) fn asset_of(stream: Stream, applier: &Applier<'_>, raw: &str) -> Option<String> {
    if stream == Stream::Assets || !raw.starts_with('{') {
        return None;
    }
    applier.raw("device_uid").and_then(id).map(Cow::into_owned)
}
