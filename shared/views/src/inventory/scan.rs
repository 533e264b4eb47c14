//! One segment of the ledger, filtered.

use super::LedgerQuery;
use super::body::Described;
use super::why::Decision;
use bytes::Bytes;
use causeway_domain::{Failure, FindingKey, RunId, Stream, VendorKey};
use causeway_ledger::{LedgerRecord, damaged, segment};

/// A record that matches the query.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its key; an empty finding id for an asset.
    pub key: FindingKey,
    /// Whether the run that wrote the ledger saw it.
    pub seen_last: bool,
    /// That run's decision on it, if requested.
    pub decision: Option<Decision>,
    line: Bytes,
    /// The line of its asset, if known.
    asset: Option<Bytes>,
}

impl Found {
    /// The line of the ledger.
    ///
    /// # Errors
    /// `StoreDamaged`.
    pub fn record(&self) -> Result<LedgerRecord<'_>, Failure> {
        parse(&self.line, &self.key.asset)
    }

    /// Fields of the mapped bodies of the record and of its asset.
    ///
    /// # Errors
    /// `StoreDamaged`.
    pub fn described(&self) -> Result<Described, Failure> {
        let asset = match &self.asset {
            Some(line) => Some(parse(line, &self.key.asset)?),
            None => None,
        };
        Ok(Described::of(self.record()?.body, asset.map(|asset| asset.body)))
    }
}

/// The matching records of `text`. A segment holds whole assets: each asset's own line, then its findings.
pub(super) fn scan(text: &Bytes, key: &str, query: &LedgerQuery, run: &RunId) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut asset = Asset::default();
    for line in segment::lines(text) {
        let record: LedgerRecord<'_> = parse(&line, key)?;
        if record.asset != asset.id || record.finding.is_empty() {
            let own = record.finding.is_empty();
            let fits = if own { query.fits_host(&record) } else { query.fits_unnamed(&record.asset) };
            asset = Asset { id: record.asset.to_string(), fits, line: own.then(|| line.clone()) };
        }
        if asset.fits && query.fits(&record, run) {
            let key = FindingKey { asset: record.asset.to_string(), finding: record.finding.to_string() };
            let seen_last = record.last_seen == *run;
            found.push(Found { key, seen_last, decision: None, line, asset: asset.line.clone() });
        }
    }
    Ok(found)
}

/// The asset whose findings are being read.
#[derive(Default)]
struct Asset {
    id: String,
    /// Whether it matches the queried host.
    fits: bool,
    line: Option<Bytes>,
}

fn parse<'l>(line: &'l [u8], subject: &str) -> Result<LedgerRecord<'l>, Failure> {
    serde_json::from_slice(line).map_err(|error| damaged(subject, &error.to_string()))
}

impl LedgerQuery {
    fn fits(&self, record: &LedgerRecord<'_>, run: &RunId) -> bool {
        let is_asset = record.finding.is_empty();
        let of_stream = is_asset == (self.stream == Stream::Assets);
        let site = || record.scope.site.as_deref().unwrap_or_default();
        of_stream
            && self.status.is_none_or(|status| record.status == status)
            && !(self.unseen && record.last_seen == *run)
            && self.site.as_ref().is_none_or(|query| same(site(), query))
            && self.id.as_ref().is_none_or(|id| named(record, id))
            && self.cve.as_ref().is_none_or(|cve| Described::has_cve(record.body, cve))
    }

    /// Whether an asset's own record matches the queried host.
    fn fits_host(&self, asset: &LedgerRecord<'_>) -> bool {
        let Some(host) = &self.host else { return true };
        asset.asset == *host || Described::of(asset.body, None).is_host(host)
    }

    /// Whether an asset known only by its id is the queried host.
    fn fits_unnamed(&self, asset: &str) -> bool {
        self.host.as_ref().is_none_or(|host| asset == host)
    }
}

/// Whether `id` is the record's asset, its finding, or a column of the vendor's own key. The finding id is not split:
/// the vendor's id in it may contain the separator.
fn named(record: &LedgerRecord<'_>, id: &str) -> bool {
    let vendor_key = || record.vendor_key.and_then(|raw| VendorKey::read(raw).ok());
    record.finding == id
        || record.asset == id
        || vendor_key().is_some_and(|key| key.texts().iter().any(|text| text == id))
}

fn same(found: &str, query: &str) -> bool {
    found.to_lowercase() == query.to_lowercase()
}
