//! A row that breaks every answer that contains it.

use super::derived::id;
use causeway_domain::page::Reject;
use causeway_domain::{RowKey, Stream, VendorKey};
use causeway_maps::json;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What is known of such a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnreadRow {
    /// Rows before it in the vendor's order; unknown in an answer to a question.
    pub(crate) offset: Option<u64>,
    /// Its key, if the vendor answers for the key fields alone.
    pub(crate) vendor_key: Option<VendorKey>,
    /// The failure that the vendor answered with.
    pub(crate) reason: String,
}

impl UnreadRow {
    /// Reads the row that stood for an unread one in the single envelope of pages kept by earlier versions: a list, which no
    /// row of the vendor is. `None` for all other rows.
    pub(super) fn stood_for(stream: Stream, row: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct StandIn {
            unread_row: Option<u64>,
            key: Option<Box<RawValue>>,
            reason: String,
        }
        if !row.starts_with('[') {
            return None;
        }
        let [StandIn { unread_row: offset, key, reason }] = serde_json::from_str(row).ok()?;
        let vendor_key = key.and_then(|row| vendor_key(stream, row.get()));
        Some(Self { offset, vendor_key, reason })
    }

    /// Its key, and its reject as row number `row` of a page.
    pub(super) fn reject(&self, stream: Stream, row: u64) -> (RowKey, Reject) {
        let columns: Vec<&str> = self.vendor_key.iter().flat_map(VendorKey::columns).collect();
        let ids: Option<Vec<Cow<'_, str>>> = columns.iter().map(|column| id(column)).collect();
        let ids = ids.filter(|ids| ids.len() == key_fields(stream).len());
        // The table has this row at one place only, so two pages that share it give it one key.
        let place = self.offset.map(|offset| offset.to_string()).unwrap_or_default();
        let known = ids.as_ref().map(RowKey::of);
        let at = if place.is_empty() { String::new() } else { format!(" at offset {place}") };
        let named = known.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
        let reason = format!("row{at}{named} breaks each answer it is in: {}", self.reason);
        let vendor_key = self.vendor_key.clone().filter(|_| ids.is_some());
        let mut ids = ids.into_iter().flatten().map(Cow::into_owned);
        let (asset, finding) = (ids.next(), ids.next());
        let key = known.unwrap_or_else(|| RowKey::keyless(format_args!("row-{place}")));
        (key, Reject { asset, finding, vendor_key, row, unread: true, reason })
    }
}

/// The vendor's key of the JSON object `row`; `None` if a column is missing or no id.
pub(super) fn vendor_key(stream: Stream, row: &str) -> Option<VendorKey> {
    let column = |field: &&str| json::member(row, field).filter(|raw| id(raw).is_some()).map(str::to_owned);
    key_fields(stream).iter().map(column).collect::<Option<Vec<_>>>().map(VendorKey::new)
}

fn key_fields(stream: Stream) -> &'static [&'static str] {
    match stream {
        Stream::Assets => &["uid"],
        Stream::Findings => &["device_uid", "vulnerability_id"],
    }
}
