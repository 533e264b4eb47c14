//! A row that the vendor could not answer with, as it stands in a body.

use super::derived::id;
use causeway_domain::page::Reject;
use causeway_domain::{RowKey, Stream, VendorKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where it is in the table, and what is known of it. In a body it is a list with this object, which no row of the vendor
/// is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UnreadRow {
    /// Rows before it in the vendor's order; not known of an answer to a question.
    pub(crate) unread_row: Option<u64>,
    /// The row with its key fields only.
    pub(crate) key: Option<Box<RawValue>>,
    /// The failure that the vendor answered with.
    pub(crate) reason: String,
}

impl UnreadRow {
    /// As it stands in a body.
    pub(crate) fn to_json(&self) -> String {
        // Nothing in it can fail to be written; if it did, a row that is no object is rejected all the same.
        serde_json::to_string(&[self]).unwrap_or_else(|_| "[]".to_owned())
    }

    /// Reads a row of a body; `None` when it is one of the vendor's.
    pub(super) fn read(row: &str) -> Option<Self> {
        if !row.starts_with('[') {
            return None;
        }
        let [unread] = serde_json::from_str::<[Self; 1]>(row).ok()?;
        Some(unread)
    }

    /// The key as in `Transformed::row_keys`, and the reject that it is, at `row` of its page.
    pub(super) fn reject(&self, stream: Stream, row: u64) -> (RowKey, Reject) {
        let wire: &[&str] = match stream {
            Stream::Assets => &["uid"],
            Stream::Findings => &["device_uid", "vulnerability_id"],
        };
        let texts = self.key.as_deref().and_then(|key| columns(wire, key));
        let ids: Option<Vec<Cow<'_, str>>> =
            texts.as_ref().and_then(|columns| columns.iter().map(|column| id(column)).collect());
        let known = ids.as_ref().map(RowKey::of);
        // The table has this row at one place only, so two pages that share it give it one key.
        let place = self.unread_row.map(|row| row.to_string()).unwrap_or_default();
        let key = known.clone().unwrap_or_else(|| RowKey::keyless(format!("row-{place}")));
        let at = if place.is_empty() { String::new() } else { format!(" at offset {place}") };
        let named = known.map(|key| format!(" ({key})")).unwrap_or_default();
        let mut ids = ids.into_iter().flatten().map(Cow::into_owned);
        let (asset, finding) = (ids.next(), ids.next());
        let vendor_key = asset.is_some().then_some(texts).flatten().map(VendorKey::new);
        let reason = format!("row{at}{named} breaks each answer it is in: {}", self.reason);
        (key, Reject { asset, finding, vendor_key, row, unread: true, reason })
    }
}

/// The JSON of the key's columns.
fn columns(wire: &[&str], row: &RawValue) -> Option<Vec<String>> {
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(row.get()).ok()?;
    wire.iter().map(|name| fields.remove(*name).map(|value| value.get().to_owned())).collect()
}
