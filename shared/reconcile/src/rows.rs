//! A run's view of the vendor's rows behind an asset's findings.
//!
//! One row makes several findings, one for each CVE. When such a row is there and one of its findings is not, the finding is
//! not absent: the vendor was asked for the row and returns it (I-1).

use crate::{Entry, Policy, Seen};
use causeway_domain::VendorKey;
use causeway_domain::record::PartsRead;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The rows of one asset that this run saw.
#[derive(Debug, Default)]
pub struct Rows(BTreeMap<Vec<String>, RowSeen>);

/// This run's view of a finding's row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowSeen {
    /// Nothing, or its key is not known.
    #[default]
    No,
    /// It was outside the present scope.
    OutOfScope,
    /// It was there, but not all of its list of findings could be read.
    Unread,
    /// It was there, and its whole list of findings was read.
    Read,
}

impl Rows {
    /// The rows behind the records of `entries` that this run saw. A list that could not be read casts doubt on the whole
    /// row, also in a record outside the scope: a narrower scope must close nothing more.
    pub fn of<'e, 'a: 'e>(policy: &Policy, entries: impl IntoIterator<Item = &'e Entry<'a>>) -> Self {
        let mut rows = BTreeMap::new();
        for seen in entries.into_iter().filter_map(|entry| entry.seen.as_ref()) {
            let Some(key) = texts(seen.record.vendor_key) else { continue };
            let (inside, read) = rows.entry(key).or_insert((false, true));
            *inside |= !outside(policy, seen);
            *read &= seen.record.parts_read == PartsRead::All;
        }
        let row_seen = |(inside, read)| match (inside, read) {
            (false, _) => RowSeen::OutOfScope,
            (true, false) => RowSeen::Unread,
            (true, true) => RowSeen::Read,
        };
        Self(rows.into_iter().map(|(key, row)| (key, row_seen(row))).collect())
    }

    /// This run's view of the row with this key.
    pub fn seen(&self, vendor_key: Option<&RawValue>) -> RowSeen {
        if self.0.is_empty() {
            return RowSeen::No;
        }
        texts(vendor_key).and_then(|key| self.0.get(&key)).copied().unwrap_or_default()
    }
}

/// Whether it came only when asked for, and lies outside what the run looks for.
pub(crate) fn outside(policy: &Policy, seen: &Seen<'_>) -> bool {
    seen.when_asked && !policy.scope.contains(&seen.record.scope)
}

/// A key that cannot be read is none: what has it is then kept.
pub(crate) fn texts(vendor_key: Option<&RawValue>) -> Option<Vec<String>> {
    VendorKey::read(vendor_key?).ok().map(|key| key.texts())
}
