//! A vendor as a run sees it.

use crate::{Check, Records};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::page::{Confirmation, DroppedField, Reject, Traffic, Window};
use causeway_domain::schema::FieldsSeen;
use causeway_domain::{Failure, RowKey, Stream, Unreadable, VendorKey};

/// One vendor, configured by one connection's definition. Implementations keep the vendor's limits in aggregate over
/// all calls, retry within a request's own bounds, and never return a partial answer.
#[async_trait]
pub trait Source: Send + Sync {
    /// Asks the vendor how many rows each stream of this connection has, and finds out which fields it refuses.
    async fn open(&self) -> Result<Vec<Opened>, Failure>;

    /// Reads the rows of `window` in the stream's total order.
    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure>;

    /// Reads the rows of `window` part by part, after the answer as a whole failed as `whole`: a row that breaks each answer it
    /// is in then stands alone, and [`Source::transform`] rejects it as unread. Fails as `whole` where no row is at fault.
    async fn fetch_in_parts(
        &self,
        _stream: Stream,
        _window: Window,
        whole: Failure,
    ) -> Result<Fetched, Failure> {
        Err(whole)
    }

    /// Asks for exactly the rows `missing` of the findings stream, by the vendor's own keys and whatever the connection's
    /// filters, and also for the rows `controls`, which are known to exist. The answer is trusted only if a control came
    /// back and nothing foreign did.
    async fn confirm(
        &self,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure>;

    /// Fields of a stream's rows, by their names on the wire, that decide what is sent.
    fn mapped_fields(&self, _stream: Stream) -> Vec<String> {
        Vec::new()
    }

    /// Makes of a fetched body the records to stage, without touching the network.
    fn transform(&self, stream: Stream, body: &[u8]) -> Result<Transformed, Failure>;

    /// Shows what becomes of each of the first `limit` rows of a body, for a person to look at. A source without rows
    /// to show has none.
    fn explain(&self, _stream: Stream, _body: &[u8], _limit: usize) -> Result<Vec<Explained>, Failure> {
        Ok(Vec::new())
    }
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
    /// Rows in scope.
    pub count: u64,
    /// Rows per page to ask for.
    pub page_size: u32,
    /// Fields the vendor refuses.
    pub dropped_fields: Vec<DroppedField>,
    /// What asking cost.
    pub traffic: Traffic,
}

/// An answer, as bytes that [`Source::transform`] understands. A confirming question may have taken several answers;
/// they are joined to one body of the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The body.
    pub body: Bytes,
    /// Fields dropped on the way.
    pub dropped_fields: Vec<DroppedField>,
    /// What it cost.
    pub traffic: Traffic,
}

/// A body, transformed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transformed {
    /// Rows in the body; `null` entries count as rejected rows.
    pub fetched: u64,
    /// The vendor's count, when it gave one.
    pub vendor_count: Option<u64>,
    /// Keys of all rows in the vendor's order.
    pub row_keys: Vec<RowKey>,
    /// The records, those of a row one after the other.
    pub records: Records,
    /// The rows that cannot be used.
    pub rejects: Vec<Reject>,
    /// Values that could not be read and count as absent.
    pub unreadable: Unreadable,
    /// Those of the first row, which the page before may have ended with.
    pub unreadable_first: Unreadable,
    /// The fields of at most [`causeway_domain::schema::SAMPLED_ROWS`] of the rows, spread over the body.
    pub fields: FieldsSeen,
}

/// A row beside what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The vendor's key of the row, as in [`Transformed::row_keys`].
    pub key: RowKey,
    /// The row, JSON as the vendor sent it.
    pub row: String,
    /// The records it becomes; none when it is rejected.
    pub records: Records,
    /// Why it is rejected.
    pub reject: Option<Reject>,
}
