//! The vendor's keys of the rows of an answer with key fields only.

use super::body::{self, Body};
use super::unread_row::vendor_key;
use causeway_domain::{Failure, Stream, VendorKey};

/// An answer with key fields only, read once.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The key of each row; `None` if it is unreadable.
    pub(crate) rows: Vec<Option<VendorKey>>,
    /// The vendor's count of all rows in scope.
    pub(crate) count: Option<u64>,
}

impl Keys {
    /// Reads the list of `stream`.
    ///
    /// # Errors
    /// As for an answer with all fields.
    pub(crate) fn read(stream: Stream, body: &[u8]) -> Result<Self, Failure> {
        let body = Body::read(stream, body::text(stream, body)?)?;
        let rows = body.rows.iter().map(|row| vendor_key(stream, row.get())).collect();
        Ok(Self { rows, count: body.count })
    }
}
