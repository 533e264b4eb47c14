//! How the vendor lets its lists be read, and its chains.

use super::source::{Page, count, fetched, finish, lies};
use super::table::Row;
use super::{RowId, Vendor};
use crate::fault::Fault;
use crate::sim::{Inner, failure};
use causeway_claroty_xdome::XdomeSettings;
use causeway_domain::reading::{Continuation, Cursor, Reading};
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_ports::source::Linked;

/// A way of reading, the same for both streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Windows at any row.
    Windows,
    /// Pages by number, and nothing else.
    NumberedPages,
    /// By ascending ids, in one chain or several.
    Ids {
        /// Chains side by side, from 1.
        chains: u16,
        /// Whether the vendor gives counts.
        counted: bool,
    },
    /// By cursors, which differ from answer to answer and expire.
    Cursors {
        /// Whether the vendor gives counts.
        counted: bool,
    },
}

/// Ids lie below this.
const IDS: u64 = 1 << 44;

impl Way {
    pub(super) fn reading(self) -> Reading {
        match self {
            Self::Windows => Reading::Windows,
            Self::NumberedPages => Reading::NumberedPages,
            Self::Cursors { .. } => Reading::Chains { starts: vec![Cursor::Opaque { cursor: None }] },
            Self::Ids { chains, .. } => {
                let cut = |number: u16| {
                    (number > 0 && number < chains).then(|| IDS / u64::from(chains) * u64::from(number))
                };
                let start = |number| Cursor::Id { after: cut(number), until: cut(number + 1) };
                Reading::Chains { starts: (0..chains).map(start).collect() }
            }
        }
    }

    pub(super) const fn is_counted(self) -> bool {
        !matches!(self, Self::Ids { counted: false, .. } | Self::Cursors { counted: false })
    }

    /// Rows a page: numbered pages overlap only where some size does not divide their end.
    pub(super) const fn page_size(self, wanted: u32) -> u32 {
        match self {
            Self::NumberedPages => wanted + 7,
            _ => wanted,
        }
    }

    /// The name under which seeds are counted.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Windows => "read in windows",
            Self::NumberedPages => "read in numbered pages",
            Self::Ids { .. } => "read by ids",
            Self::Cursors { .. } => "read by cursors",
        }
    }
}

impl Vendor {
    /// Never changes, and no two rows of a stream have the same.
    fn number_of(&self, id: RowId) -> u64 {
        let number = u64::from(id.0) << 20 | id.1.map_or(0, |finding| u64::from(finding) + 1);
        if self.scrambled { number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % IDS } else { number }
    }
}

/// The page of a chain that begins at `from`.
pub(super) fn linked(
    inner: &mut Inner,
    stream: Stream,
    settings: &XdomeSettings,
    from: &Cursor,
) -> Result<Linked, Failure> {
    let counted = inner.vendor.way.is_counted();
    if matches!(from, Cursor::Opaque { cursor: Some(_) }) && inner.fault(Fault::VendorCursorExpires, 20) {
        return Err(failure(FailureKind::CursorExpired, "vendor"));
    }
    let size = settings.page_size as usize;
    let all = rest(inner, stream, settings, from);
    let mut rows: Vec<Row> = all.iter().take(size).cloned().collect();
    let mut more = all.len() > rows.len();
    // Without a count nobody could tell a list that ends early from one that has no more.
    if (counted || more) && lies(inner, Fault::VendorShortPage) {
        rows.truncate(inner.delays.below(rows.len() as u64 + 1) as usize);
        more |= !counted;
    }
    if let (Cursor::Id { .. }, [first, second, .., last], Some(far)) = (from, rows.as_mut_slice(), all.last())
        && lies(inner, Fault::VendorUnsortedIds)
    {
        std::mem::swap(first, second);
        *last = far.clone();
    }
    let last = rows.last().map(Row::id);
    if (counted || more) && lies(inner, Fault::VendorEmptyPage) {
        rows.clear();
    }
    if lies(inner, Fault::VendorRepeatsRow)
        && let Some(row) = inner.delays.pick(&rows).cloned()
    {
        let at = inner.delays.below(rows.len() as u64) as usize;
        rows.insert(at, row);
    }
    if lies(inner, Fault::VendorNullList) {
        return Err(failure(FailureKind::MalformedAnswer, "vendor"));
    }
    let continuation = continuation(inner, from, more, last);
    let ids = rows.iter().map(|row| inner.vendor.number_of(row.id())).collect();
    let count = counted.then(|| count(inner, stream, settings));
    let page: Page = finish(inner, (stream, count), rows, &format!("{from:?}"));
    Ok(Linked { fetched: fetched(stream, &page), continuation, ids })
}

/// The rows from `from` on, in the chain's order.
fn rest(inner: &mut Inner, stream: Stream, settings: &XdomeSettings, from: &Cursor) -> Vec<Row> {
    let vendor = &inner.vendor;
    let mut rows = vendor.asked(stream, settings);
    match from {
        Cursor::Id { after, until } => {
            rows.sort_by_key(|row| vendor.number_of(row.id()));
            rows.retain(|row| {
                let number = vendor.number_of(row.id());
                after.is_none_or(|after| number > after) && until.is_none_or(|until| number <= until)
            });
        }
        Cursor::Opaque { cursor } => {
            let place = cursor.as_deref().and_then(|cursor| cursor.split('~').next()?.parse::<u64>().ok());
            rows.sort_by_key(|row| vendor.number_of(row.id()));
            rows.retain(|row| place.is_none_or(|place| vendor.number_of(row.id()) > place));
        }
    }
    let all = rows.len();
    if vendor.way.is_counted() {
        rows.retain(|row| vendor.withheld != Some(row.id()));
    }
    if rows.len() < all && !inner.healed {
        let now = inner.now;
        inner.oracle.lied_at.push(now);
    }
    rows
}

fn continuation(inner: &mut Inner, from: &Cursor, more: bool, last: Option<RowId>) -> Continuation {
    let place = last.map(|last| inner.vendor.number_of(last));
    match (from, place) {
        _ if !more => Continuation::End,
        (Cursor::Id { .. }, _) => Continuation::AfterLastId,
        _ if lies(inner, Fault::VendorLeadsBack) => Continuation::Cursor("0~0".to_owned()),
        // A page without rows leads on to where it began.
        (Cursor::Opaque { cursor: None }, None) => {
            Continuation::Cursor(format!("0~{}", inner.delays.below(1 << 30)))
        }
        (Cursor::Opaque { cursor: Some(cursor) }, None) => Continuation::Cursor(format!(
            "{}~{}",
            cursor.split('~').next().unwrap_or("0"),
            inner.delays.below(1 << 30)
        )),
        (Cursor::Opaque { .. }, Some(place)) => {
            Continuation::Cursor(format!("{place}~{}", inner.delays.below(1 << 30)))
        }
    }
}
