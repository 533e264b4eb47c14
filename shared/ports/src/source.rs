//! A vendor as a run sees it.

use crate::{Check, RawPage, Records};
use async_trait::async_trait;
use causeway_domain::page::{Confirmation, DroppedField, Reject, Traffic, Window};
use causeway_domain::reading::{Continuation, Cursor, Reading};
use causeway_domain::schema::FieldsSeen;
use causeway_domain::{Failure, FailureKind, RowKey, Stream, Unreadable, VendorKey};

/// One vendor, configured by one connection's definition. Implementations keep the vendor's limits in aggregate over
/// all calls, retry within a request's own bounds, and never return a partial answer.
#[async_trait]
pub trait Source: Send + Sync {
    /// Asks the vendor how many rows each stream of this connection has, and finds out which fields it refuses.
    async fn open(&self) -> Result<Vec<Opened>, Failure>;

    /// Reads the rows of `window` in the stream's total order and makes their records.
    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure>;

    /// The vendor's count of a stream's rows at this moment, where it gives one, and what it cost.
    async fn count(&self, stream: Stream) -> Result<(Option<u64>, Traffic), Failure> {
        let window = Window { offset: 0, limit: 1 };
        let fetched = match self.fetch(stream, window).await {
            // The first row may break every answer that it is in.
            Err(failure) => self.fetch_in_parts(stream, window, failure).await?,
            Ok(fetched) => fetched,
        };
        Ok((fetched.transformed.vendor_count, fetched.traffic))
    }

    /// Reads the rows of `window` part by part, after the answer as a whole failed as `whole`: a row that breaks every answer
    /// that contains it then stands alone and is rejected as unread. Fails as `whole` if no row is at fault.
    async fn fetch_in_parts(
        &self,
        _stream: Stream,
        _window: Window,
        whole: Failure,
    ) -> Result<Fetched, Failure> {
        Err(whole)
    }

    /// Reads the page of a chain that begins at `from`, for a stream that [`Source::open`] says is read in chains.
    ///
    /// # Errors
    /// `CursorExpired` when the vendor no longer knows the cursor.
    async fn follow(&self, stream: Stream, _from: &Cursor) -> Result<Linked, Failure> {
        Err(Failure::new(FailureKind::NotPossible, format!("{stream}"), "this source reads no chains"))
    }

    /// How its vendor is asked for single records of `stream`. Without it nothing of the stream is closed but by the
    /// connection's `close_unasked_after_runs`.
    fn single_records(&self, _stream: Stream) -> Option<&dyn SingleRecords> {
        None
    }

    /// Fields of a stream's rows, by their names on the wire, that decide what is sent.
    fn mapped_fields(&self, _stream: Stream) -> Vec<String> {
        Vec::new()
    }

    /// Makes the records of a page that a run kept, without the vendor. A page that was just fetched comes with its records.
    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure>;

    /// Shows what becomes of each of the first `limit` rows of a kept page, for a person to look at. A source without rows
    /// to show has none.
    fn explain(&self, _stream: Stream, _kept: &[u8], _limit: usize) -> Result<Vec<Explained>, Failure> {
        Ok(Vec::new())
    }
}

/// A vendor that can be asked for single records (I-1).
#[async_trait]
pub trait SingleRecords: Send + Sync {
    /// Asks for exactly the rows `missing` of `stream`, by the vendor's own keys and whatever the connection's filters, and
    /// also for the rows `controls`, which are known to exist. The answer is trusted only if a control came back and nothing
    /// foreign did. With no row missing it shows whether the controls can still be seen.
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure>;
}

/// The connection test of a source or destination.
#[async_trait]
pub trait Testable: Send + Sync {
    /// Makes the checks one by one on the cheapest calls.
    async fn test(&self) -> Vec<Check>;
}

/// A stream as the vendor has it when a run starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The stream.
    pub stream: Stream,
    /// Rows in scope; `None` if the vendor does not count them.
    pub count: Option<u64>,
    /// Rows per page to ask for.
    pub page_size: u32,
    /// How it is read.
    pub reading: Reading,
    /// Fields the vendor refuses.
    pub dropped_fields: Vec<DroppedField>,
    /// Its traffic.
    pub traffic: Traffic,
}

/// A page from the vendor, made of one answer or several. Each answer was read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// Its rows with their records and rejects.
    pub transformed: Transformed,
    /// Its answers, for a replay.
    pub raw: RawPage,
    /// Fields that the vendor refused.
    pub dropped_fields: Vec<DroppedField>,
    /// Its traffic.
    pub traffic: Traffic,
    /// Milliseconds of the call that were spent on making records.
    pub transform_ms: u64,
}

/// A page of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Linked {
    /// The page.
    pub fetched: Fetched,
    /// What follows it.
    pub continuation: Continuation,
    /// The ids of its rows in the vendor's order, where ids lead on; rejected rows included.
    pub ids: Vec<u64>,
}

/// The rows of a page with their records and rejects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transformed {
    /// Rows in the page; `null` entries count as rejected rows.
    pub fetched: u64,
    /// The vendor's count, if it gave one.
    pub vendor_count: Option<u64>,
    /// Keys of all rows in the vendor's order.
    pub row_keys: Vec<RowKey>,
    /// The records; those of one row are adjacent.
    pub records: Records,
    /// The rows that cannot be used.
    pub rejects: Vec<Reject>,
    /// Values that could not be read and count as absent.
    pub unreadable: Unreadable,
    /// Those of the first row, which may also be the last row of the page before.
    pub unreadable_first: Unreadable,
    /// The fields of at most [`causeway_domain::schema::SAMPLED_ROWS`] rows of each answer, spread over it.
    pub fields: FieldsSeen,
}

impl Transformed {
    /// Adds the rows of `next`, which follow these. Its rejects have their place in the whole page already.
    pub fn append(&mut self, next: Self) {
        self.fetched = self.fetched.saturating_add(next.fetched);
        self.vendor_count = self.vendor_count.or(next.vendor_count);
        self.row_keys.extend(next.row_keys);
        self.records.append(next.records);
        self.rejects.extend(next.rejects);
        self.unreadable.add(&next.unreadable);
        self.unreadable_first.add(&next.unreadable_first);
        self.fields.absorb(&next.fields);
    }
}

/// A row and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The vendor's key of the row, as in [`Transformed::row_keys`].
    pub key: RowKey,
    /// The row, JSON as the vendor sent it; the reason if it was not read.
    pub row: String,
    /// The records it becomes; none if it is rejected.
    pub records: Records,
    /// Its reject.
    pub reject: Option<Reject>,
}
