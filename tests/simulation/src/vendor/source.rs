//! The vendor's API: rows in a total order, read by offset, with everything that goes wrong on the way.

use super::table::{REFUSED, Row, Usable, asset_id, finding_id};
use super::way::{Way, linked};
use super::{RowId, Vendor};
use crate::connection::TOKEN;
use crate::fault::Fault;
use crate::sim::{Inner, Sim, Wait, failure};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_claroty_xdome::{DataToSync, XdomeSettings};
use causeway_domain::page::{Confirmation, DroppedField, Reject, Traffic, Window};
use causeway_domain::reading::Cursor;
use causeway_domain::record::PartsRead;
use causeway_domain::{Failure, FailureKind, RowKey, Stream, VendorKey};
use causeway_ports::source::{Linked, Opened};
use causeway_ports::{Fetched, Records, SingleRecords, Source, Transformed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One connection's way to the vendor.
pub(crate) struct SimSource {
    pub(crate) sim: Sim,
    pub(crate) settings: XdomeSettings,
    pub(crate) token: &'static str,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Page {
    count: Option<u64>,
    rows: Option<Vec<Row>>,
    /// Whether the vendor refused a field, and the question was put again without it.
    #[serde(default)]
    shortened: bool,
}

/// What fails before the vendor does anything.
fn refused(inner: &mut Inner, token: &str) -> Option<Failure> {
    let no = |kind| Some(failure(kind, "vendor"));
    if inner.fault(Fault::VendorLimits, 15) {
        return no(FailureKind::RateLimited);
    }
    if inner.fault(Fault::VendorPauses, 15) {
        let pause = Duration::from_secs(inner.delays.between(1, 200));
        return no(FailureKind::RateLimited).map(|failure| failure.after(Some(pause)));
    }
    if inner.fault(Fault::VendorToken, 1) || token != TOKEN {
        return no(FailureKind::Unauthorized);
    }
    inner.fault(Fault::VendorFails, 15).then(|| failure(FailureKind::Unavailable, "vendor"))
}

/// What fails although the vendor did its work.
fn garbled(inner: &mut Inner) -> Option<Failure> {
    let kinds = [
        (Fault::VendorTimeout, FailureKind::Timeout),
        (Fault::VendorTruncated, FailureKind::TruncatedAnswer),
        (Fault::VendorUnexpected, FailureKind::UnexpectedAnswer),
    ];
    let mut found = None;
    for (fault, kind) in kinds {
        if inner.fault(fault, 10) {
            found = found.or(Some(failure(kind, "vendor")));
        }
    }
    found
}

/// Whether this answer is untrue in the way that this run's answers may be.
pub(super) fn lies(inner: &mut Inner, fault: Fault) -> bool {
    let lie = inner.vendor.lie == Some(fault);
    let now = inner.now;
    let happens = lie && inner.fault_at(fault, 200);
    if happens {
        inner.oracle.lied_at.push(now);
    }
    happens
}

impl Vendor {
    pub(super) fn asked(&self, stream: Stream, settings: &XdomeSettings) -> Vec<Row> {
        let mut rows = self.rows(stream);
        rows.retain(|row| row.in_scope(settings) && self.sees(row));
        rows
    }
}

pub(super) fn count(inner: &mut Inner, stream: Stream, settings: &XdomeSettings) -> u64 {
    let count = inner.vendor.asked(stream, settings).len() as u64;
    if lies(inner, Fault::VendorWrongCount) {
        (count + inner.delays.between(0, 8)).saturating_sub(4)
    } else {
        count
    }
}

fn page(inner: &mut Inner, stream: Stream, settings: &XdomeSettings, window: Window) -> Page {
    let count = count(inner, stream, settings);
    let mut rows = inner.vendor.asked(stream, settings);
    let all = rows.len();
    rows.retain(|row| inner.vendor.withheld != Some(row.id()));
    if rows.len() < all && !inner.healed {
        let now = inner.now;
        inner.oracle.lied_at.push(now);
    }
    let rows = rows.into_iter();
    let mut rows: Vec<Row> = rows.skip(window.offset as usize).take(window.limit as usize).collect();
    if lies(inner, Fault::VendorShortPage) {
        let keep = inner.delays.below(rows.len() as u64 + 1) as usize;
        rows.truncate(keep);
    }
    if lies(inner, Fault::VendorEmptyPage) {
        rows.clear();
    }
    if lies(inner, Fault::VendorRepeatsRow)
        && let Some(row) = inner.delays.pick(&rows).cloned()
    {
        let at = inner.delays.below(rows.len() as u64) as usize;
        rows.insert(at, row);
        rows.truncate(window.limit as usize);
    }
    if lies(inner, Fault::VendorNullList) {
        return Page { count: None, rows: None, shortened: false };
    }
    finish(inner, (stream, Some(count)), rows, &format!("{window:?}"))
}

/// The page with these rows, which were read at `place`.
pub(super) fn finish(
    inner: &mut Inner,
    (stream, count): (Stream, Option<u64>),
    mut rows: Vec<Row>,
    place: &str,
) -> Page {
    inner.note(|| format!("page {stream} {place} of {count:?}: {:?}", ids(&rows)));
    for row in &rows {
        match row.usable {
            Usable::Keyed => inner.tally.fault(Fault::RejectKeyed),
            Usable::Keyless => inner.tally.fault(Fault::RejectKeyless),
            Usable::Yes => {}
        }
    }
    let shortened = shorten(inner, &mut rows);
    Page { count, rows: Some(rows), shortened }
}

/// Leaves out the field that the vendor refuses.
fn shorten(inner: &mut Inner, rows: &mut [Row]) -> bool {
    let refuses = inner.vendor.refuses;
    if refuses {
        inner.tally.sometimes("healed 422", 1);
        rows.iter_mut().for_each(|row| row.value = REFUSED);
    }
    refuses
}

fn ids(rows: &[Row]) -> Vec<String> {
    let text = |row: &Row| format!("{}/{}", asset_id(row.device), row.finding_ids().join("+"));
    rows.iter().map(text).collect()
}

/// The answer to a question for exactly these records, judged as a source must.
fn answer(
    inner: &mut Inner,
    stream: Stream,
    missing: &[VendorKey],
    controls: &[VendorKey],
) -> (Page, Confirmation) {
    // Exactly these ids: whoever asks for others, be they alike, is answered with nothing.
    let rows: BTreeMap<Vec<String>, RowId> =
        inner.vendor.rows(stream).iter().map(|row| (row.vendor_key().texts(), row.id())).collect();
    let of = |keys: &[VendorKey]| -> BTreeSet<_> {
        keys.iter().filter_map(|key| rows.get(&key.texts()).copied()).collect()
    };
    let (asked, control_rows) = (of(missing), of(controls));
    let all: BTreeSet<_> = asked.union(&control_rows).copied().collect();
    let devices: BTreeSet<u32> = all.iter().map(|id| id.0).collect();
    let numbers: BTreeSet<Option<u32>> = all.iter().map(|id| id.1).collect();
    let mut rows = inner.vendor.rows(stream);
    rows.retain(|row| inner.vendor.sees(row));
    if !inner.fault(Fault::ConfirmUnfiltered, 60) {
        rows.retain(|row| devices.contains(&row.device) && numbers.contains(&row.finding));
    }
    if inner.fault(Fault::ConfirmEmpty, 60) {
        rows.clear();
    }
    let unreadable = rows.iter().any(|row| row.usable == Usable::Keyless);
    let foreign = rows.iter().any(|row| !devices.contains(&row.device) || !numbers.contains(&row.finding));
    let controlled = rows.iter().any(|row| control_rows.contains(&row.id()));
    let judged = if unreadable || foreign || !controlled {
        inner.tally.sometimes("untrusted answer", 1);
        Confirmation::Untrusted(format!("unreadable {unreadable}, foreign {foreign}, control {controlled}"))
    } else {
        Confirmation::Trusted
    };
    crate::oracle::asked(inner, missing);
    inner.note(|| format!("confirm {stream} {missing:?} with {controls:?}: {:?} {judged:?}", ids(&rows)));
    let shortened = shorten(inner, &mut rows);
    (Page { count: None, rows: Some(rows), shortened }, judged)
}

pub(super) fn fetched(stream: Stream, page: &Page) -> Fetched {
    let body = Bytes::from(serde_json::to_vec(page).unwrap_or_default());
    let traffic = Traffic { requests: 1, bytes: body.len() as u64, ..Traffic::default() };
    let dropped = DroppedField { stream, field: "value".to_owned() };
    let dropped_fields = page.shortened.then_some(dropped).into_iter().collect();
    Fetched { transformed: transform(page), raw: body.into(), dropped_fields, traffic, transform_ms: 0 }
}

impl SimSource {
    /// A call: it takes time before and after the moment at which the vendor looks into its tables.
    async fn call<T>(&self, work: impl FnOnce(&mut Inner) -> T + Send) -> Result<T, Failure>
    where
        T: Send,
    {
        self.sim.wait(Wait::Vendor).await;
        let token = self.token;
        let answer = self.sim.with(|inner| match refused(inner, token) {
            Some(failure) => Err(failure),
            None => Ok(work(inner)),
        });
        self.sim.wait(Wait::Vendor).await;
        match self.sim.with(garbled) {
            Some(failure) => answer.and(Err(failure)),
            None => answer,
        }
    }
}

#[async_trait]
impl Source for SimSource {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let streams: &[Stream] = match self.settings.data_to_sync {
            DataToSync::AssetsAndFindings => &[Stream::Assets, Stream::Findings],
            DataToSync::Assets => &[Stream::Assets],
        };
        let mut opened = Vec::new();
        for &stream in streams {
            let (count, traffic) = self.count(stream).await?;
            let way = self.sim.with(|inner| inner.vendor.way);
            let (page_size, reading) = (way.page_size(self.settings.page_size), way.reading());
            opened.push(Opened { stream, count, page_size, reading, dropped_fields: Vec::new(), traffic });
        }
        Ok(opened)
    }

    async fn count(&self, stream: Stream) -> Result<(Option<u64>, Traffic), Failure> {
        let told =
            |inner: &mut Inner| inner.vendor.way.is_counted().then(|| count(inner, stream, &self.settings));
        Ok((self.call(told).await?, Traffic { requests: 1, ..Traffic::default() }))
    }

    async fn follow(&self, stream: Stream, from: &Cursor) -> Result<Linked, Failure> {
        self.call(|inner| linked(inner, stream, &self.settings, from)).await?
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        let is_page = window.offset.is_multiple_of(window.limit.into());
        match self.sim.with(|inner| inner.vendor.way) {
            Way::Windows => {}
            Way::NumberedPages if is_page => {}
            way => return Err(failure(FailureKind::RequestRejected, way.name())),
        }
        let page = self.call(|inner| page(inner, stream, &self.settings, window)).await?;
        Ok(fetched(stream, &page))
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        self.sim.with(|inner| inner.vendor.can_be_asked).then_some(self as &dyn SingleRecords)
    }

    fn replay(&self, _: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        let unexpected = |_| failure(FailureKind::UnexpectedAnswer, "vendor");
        Ok(transform(&serde_json::from_slice(kept).map_err(unexpected)?))
    }
}

#[async_trait]
impl SingleRecords for SimSource {
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let (page, judged) = self.call(|inner| answer(inner, stream, missing, controls)).await?;
        Ok((fetched(stream, &page), judged))
    }
}

fn transform(page: &Page) -> Transformed {
    let rows = page.rows.as_deref().unwrap_or_default();
    let (fetched, vendor_count) = (rows.len() as u64, page.count);
    let mut done = Transformed { fetched, vendor_count, ..Transformed::default() };
    for (number, row) in (0..).zip(rows) {
        // Rows whose keys cannot be read may look alike.
        let keyless = row.usable == Usable::Keyless;
        let key = || RowKey::of([format!("{:?}", row.id())]);
        done.row_keys.push(if keyless { RowKey::keyless("") } else { key() });
        if row.usable == Usable::Yes {
            push(row, &mut done.records);
        } else {
            done.rejects.push(reject(row, number));
        }
    }
    done
}

fn reject(row: &Row, number: u64) -> Reject {
    let keyed = row.usable == Usable::Keyed;
    Reject {
        asset: keyed.then(|| asset_id(row.device)),
        finding: row.finding.filter(|_| keyed).map(finding_id),
        vendor_key: keyed.then(|| row.vendor_key()),
        row: number,
        unread: false,
        reason: "simulated".to_owned(),
    }
}

/// Adds the records of a row.
fn push(row: &Row, records: &mut Records) {
    let listed = row.finding.is_none() || row.cves > 0;
    let vendor_key = row.vendor_key();
    records.begin(&causeway_ports::Row {
        asset: &asset_id(row.device),
        status: row.status,
        fixed_on: row.fixed_on.as_deref(),
        scope: row.scope(),
        vendor_key: &vendor_key.columns().collect::<Vec<_>>(),
        parts_read: if listed { PartsRead::All } else { PartsRead::None },
    });
    for (part, finding) in (0..).zip(row.finding_ids()) {
        records.body().push_str(&serde_json::json!({ "value": row.value }).to_string());
        records.push(&finding, part);
    }
}
