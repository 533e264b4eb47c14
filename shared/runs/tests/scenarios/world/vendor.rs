//! A vendor in memory. It behaves as its script says, which may also change the tables between any two reads.

use super::chains::Way;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_claroty_xdome::{DataToSync, XdomeSettings};
use causeway_domain::definition::Registered;
use causeway_domain::page::{Confirmation, Reject, Traffic, Window};
use causeway_domain::reading::{Continuation, Cursor};
use causeway_domain::record::PartsRead;
use causeway_domain::{Failure, FindingKey, FindingStatus, RowKey, Scope, Stream, VendorKey};
use causeway_ports::source::{Linked, Opened};
use causeway_ports::{Fetched, Records, SingleRecords, Source, Transformed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What the vendor was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Open,
    Fetch(Stream, Window),
    Follow(Stream, Cursor),
    /// Keys without the controls.
    Confirm(Vec<FindingKey>),
}

/// What the vendor does with a call.
pub(crate) enum Act {
    Honest,
    Fail(Failure),
    /// The honest rows, changed.
    Answer(fn(Vec<Option<Row>>) -> Vec<Option<Row>>),
    /// The rows of another page.
    Shifted(u64),
    /// The honest rows of a chain, but this is said to follow.
    Continue(Continuation),
    /// The honest rows of a chain in reverse.
    Backwards,
    /// Answers a confirming question in a way that proves nothing.
    Untrusted,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Unusable {
    Keyed,
    Keyless,
}

/// A row of either table; an asset has an empty finding id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) key: FindingKey,
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    #[serde(deserialize_with = "owned")]
    pub(crate) scope: Scope<'static>,
    pub(crate) value: u32,
    pub(crate) unusable: Option<Unusable>,
}

fn owned<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Scope<'static>, D::Error> {
    Scope::deserialize(deserializer).map(Scope::into_owned)
}

/// The vendor's tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) rows: BTreeMap<FindingKey, Row>,
    /// Sites the token does not see.
    pub(crate) hidden_sites: BTreeSet<String>,
    /// Added to every count.
    pub(crate) miscount: u64,
    pub(crate) way: Way,
    /// Whether the vendor counts nothing.
    pub(crate) uncounted: bool,
    /// It cannot be asked for single records.
    pub(crate) unasked: bool,
    /// Whether rows come in an order that has nothing to do with their keys.
    pub(crate) shuffled: bool,
}

type Script = Box<dyn FnMut(&Call, &mut Tables) -> Act + Send>;

/// The vendor.
#[derive(Default)]
pub(crate) struct Vendor {
    pub(super) tables: Mutex<Tables>,
    script: Mutex<Option<Script>>,
    calls: Mutex<Vec<Call>>,
    /// Kept pages that were read.
    replays: AtomicUsize,
}

impl Tables {
    pub(crate) fn put_asset(&mut self, asset: &str, category: &str, site: &str) {
        let scope = Scope {
            category: Some(category.to_owned().into()),
            site: Some(site.to_owned().into()),
            retired: Some(false),
        };
        self.insert(asset, "", scope);
    }

    /// An open finding on an asset that exists.
    pub(crate) fn put(&mut self, asset: &str, finding: &str) {
        let scope = self.row(asset, "").scope.clone();
        self.insert(asset, finding, scope);
    }

    fn insert(&mut self, asset: &str, finding: &str, scope: Scope<'static>) {
        let key = FindingKey { asset: asset.to_owned(), finding: finding.to_owned() };
        let status = FindingStatus::Open;
        self.rows.insert(key.clone(), Row { key, status, fixed_on: None, scope, value: 0, unusable: None });
    }

    pub(crate) fn row(&mut self, asset: &str, finding: &str) -> &mut Row {
        let key = FindingKey { asset: asset.to_owned(), finding: finding.to_owned() };
        self.rows.get_mut(&key).unwrap()
    }

    /// All rows of an asset.
    pub(crate) fn rows_of<'a>(&'a mut self, asset: &'a str) -> impl Iterator<Item = &'a mut Row> {
        self.rows.values_mut().filter(move |row| row.key.asset == asset)
    }

    pub(crate) fn remove(&mut self, asset: &str, finding: &str) {
        self.rows.remove(&FindingKey { asset: asset.to_owned(), finding: finding.to_owned() }).unwrap();
    }

    fn visible(&self) -> impl Iterator<Item = &Row> {
        let hidden = |row: &&Row| self.hidden_sites.contains(row.scope.site_group());
        self.rows.values().filter(move |row| !hidden(row))
    }

    pub(super) fn select(&self, stream: Stream, settings: &XdomeSettings) -> Vec<Row> {
        let category = |row: &Row| {
            let category = row.scope.category.as_deref().unwrap_or_default();
            settings.device_categories.iter().any(|asked| asked.to_string() == category)
        };
        let in_stream = |row: &&Row| row.key.finding.is_empty() == (stream == Stream::Assets);
        let asked = |row: &&Row| category(row) && row.scope.retired == Some(settings.retired_devices_only);
        let mut rows: Vec<Row> = self.visible().filter(in_stream).filter(asked).cloned().collect();
        if self.shuffled {
            let text = |key: &FindingKey| format!("{}/{}", key.asset, key.finding);
            rows.sort_by_key(|row| blake3::hash(text(&row.key).as_bytes()).to_hex().to_string());
        }
        rows
    }
}

impl Vendor {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Tables)) {
        change(&mut self.tables.lock().unwrap());
    }

    /// Lets `script` decide what happens to every call from now on.
    pub(crate) fn script(&self, script: impl FnMut(&Call, &mut Tables) -> Act + Send + 'static) {
        *self.script.lock().unwrap() = Some(Box::new(script));
    }

    /// Honest again.
    pub(crate) fn behave(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// The calls since this was last asked.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Kept pages that were read so far.
    pub(crate) fn replays(&self) -> usize {
        self.replays.load(Ordering::Relaxed)
    }

    pub(super) fn act(&self, call: Call, tables: &mut Tables) -> Act {
        let act = self.script.lock().unwrap().as_mut().map_or(Act::Honest, |script| script(&call, tables));
        self.calls.lock().unwrap().push(call);
        act
    }
}

/// The vendor as one connection sees it.
pub(crate) struct Connected {
    pub(super) vendor: Arc<Vendor>,
    pub(super) settings: XdomeSettings,
    /// What the map adds to each value.
    offset: u32,
}

#[derive(Serialize, Deserialize)]
struct Page {
    count: Option<u64>,
    rows: Vec<Option<Row>>,
}

impl Connected {
    pub(crate) fn new(vendor: Arc<Vendor>, registered: &Registered) -> Self {
        let settings = XdomeSettings::of(&registered.definition.source).unwrap();
        let offset = registered.documents.get("offset").map_or(0, |offset| offset.parse().unwrap());
        Self { vendor, settings, offset }
    }

    fn count(&self, tables: &Tables, stream: Stream) -> u64 {
        tables.select(stream, &self.settings).len() as u64 + tables.miscount
    }

    pub(super) fn answer(&self, count: Option<u64>, rows: Vec<Option<Row>>) -> Fetched {
        let page = Page { count, rows };
        let body = Bytes::from(serde_json::to_vec(&page).unwrap());
        let traffic = Traffic { requests: 1, bytes: body.len() as u64, ..Traffic::default() };
        let (transformed, raw) = (self.transform(&page), body.into());
        Fetched { transformed, raw, dropped_fields: Vec::new(), traffic, transform_ms: 0 }
    }

    fn transform(&self, page: &Page) -> Transformed {
        let mut transformed = Transformed {
            fetched: page.rows.len() as u64,
            vendor_count: page.count,
            ..Transformed::default()
        };
        for (number, row) in page.rows.iter().enumerate() {
            let readable = row.as_ref().filter(|row| row.unusable != Some(Unusable::Keyless));
            transformed.row_keys.push(readable.map_or_else(|| RowKey::keyless("unreadable"), row_key));
            match readable.filter(|row| row.unusable.is_none()) {
                Some(row) => {
                    push(&mut transformed.records, row, row.value + self.offset);
                }
                None => transformed.rejects.push(Reject {
                    asset: readable.map(|row| row.key.asset.clone()),
                    finding: readable.map(|row| row.key.finding.clone()).filter(|id| !id.is_empty()),
                    vendor_key: readable.map(|row| vendor_key(&row.key)),
                    row: number as u64,
                    unread: false,
                    reason: "as scripted".to_owned(),
                }),
            }
        }
        transformed
    }
}

#[async_trait]
impl Source for Connected {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let mut tables = self.vendor.tables.lock().unwrap();
        if let Act::Fail(failure) = self.vendor.act(Call::Open, &mut tables) {
            return Err(failure);
        }
        let streams: &[Stream] = match self.settings.data_to_sync {
            DataToSync::AssetsAndFindings => &[Stream::Assets, Stream::Findings],
            DataToSync::Assets => &[Stream::Assets],
        };
        let opened = |&stream| Opened {
            stream,
            count: Some(self.count(&tables, stream)).filter(|_| !tables.uncounted),
            page_size: tables.way.page_size(self.settings.page_size),
            reading: tables.way.reading(),
            dropped_fields: Vec::new(),
            traffic: Traffic { requests: 1, ..Traffic::default() },
        };
        Ok(streams.iter().map(opened).collect())
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        let mut tables = self.vendor.tables.lock().unwrap();
        let act = self.vendor.act(Call::Fetch(stream, window), &mut tables);
        let rows = tables.select(stream, &self.settings).into_iter();
        let offset = if let Act::Shifted(offset) = act { offset } else { window.offset };
        let rows: Vec<_> = rows.skip(offset as usize).take(window.limit as usize).map(Some).collect();
        // As xDome: the count comes with the first row only.
        let count = (window.offset == 0).then(|| self.count(&tables, stream));
        match act {
            Act::Fail(failure) => Err(failure),
            Act::Answer(change) => Ok(self.answer(count, change(rows))),
            _ => Ok(self.answer(count, rows)),
        }
    }

    async fn follow(&self, stream: Stream, from: &Cursor) -> Result<Linked, Failure> {
        self.linked(stream, from, self.settings.page_size as usize)
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        (!self.vendor.tables.lock().unwrap().unasked).then_some(self as &dyn SingleRecords)
    }

    fn replay(&self, _: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        self.vendor.replays.fetch_add(1, Ordering::Relaxed);
        Ok(self.transform(&serde_json::from_slice(kept).unwrap()))
    }
}

#[async_trait]
impl SingleRecords for Connected {
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let (keys, controls) = (keys(missing), keys(controls));
        let mut tables = self.vendor.tables.lock().unwrap();
        let act = self.vendor.act(Call::Confirm(keys.clone()), &mut tables);
        let of_stream = |row: &&Row| row.key.finding.is_empty() == (stream == Stream::Assets);
        let asked = |row: &&Row| of_stream(row) && (keys.contains(&row.key) || controls.contains(&row.key));
        let rows: Vec<_> = tables.visible().filter(asked).cloned().map(Some).collect();
        let control = rows.iter().flatten().any(|row| controls.contains(&row.key));
        let trust =
            if control { Confirmation::Trusted } else { Confirmation::Untrusted("no control".to_owned()) };
        match act {
            Act::Fail(failure) => Err(failure),
            Act::Untrusted => {
                Ok((self.answer(None, Vec::new()), Confirmation::Untrusted("as scripted".to_owned())))
            }
            Act::Answer(change) => Ok((self.answer(None, change(rows)), trust)),
            _ => Ok((self.answer(None, rows), trust)),
        }
    }
}

/// Each row of this vendor is one finding.
fn vendor_key(key: &FindingKey) -> VendorKey {
    VendorKey::of_texts([&key.asset, &key.finding])
}

fn keys(rows: &[VendorKey]) -> Vec<FindingKey> {
    let key = |row: &VendorKey| {
        let [asset, finding] = row.texts().try_into().unwrap();
        FindingKey { asset, finding }
    };
    rows.iter().map(key).collect()
}

fn row_key(row: &Row) -> RowKey {
    RowKey::of([&row.key.asset, &row.key.finding])
}

fn push(records: &mut Records, row: &Row, value: u32) {
    let vendor_key = vendor_key(&row.key);
    records.begin(&causeway_ports::Row {
        asset: &row.key.asset,
        status: row.status,
        fixed_on: row.fixed_on.as_deref(),
        scope: row.scope.clone(),
        vendor_key: &vendor_key.columns().collect::<Vec<_>>(),
        parts_read: PartsRead::All,
    });
    records.body().push_str(&serde_json::json!({ "value": value }).to_string());
    records.push(&row.key.finding, 0);
}
