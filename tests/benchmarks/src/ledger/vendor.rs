//! A vendor that answers at once, and a receiver that is never sent anything.

use super::rows::Rows;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{BatchAnswer, BatchLimits};
use causeway_domain::page::{Confirmation, Traffic, Window};
use causeway_domain::reading::Reading;
use causeway_domain::schema::FieldsSeen;
use causeway_domain::{Failure, FailureKind, RowKey, Stream, Unreadable, VendorKey};
use causeway_ports::destination::Batch;
use causeway_ports::source::Opened;
use causeway_ports::{
    Connectors, Destination, Fetched, NamedTest, Records, SingleRecords, Source, Transformed,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The largest page that xDome answers with.
const PAGE: u32 = 5_000;

/// Both sides of the connection.
pub(super) struct Sides(pub(super) Arc<Rows>);

/// An answer: the rows by their numbers.
#[derive(Serialize, Deserialize)]
struct Answer {
    rows: Vec<u32>,
    count: u64,
}

impl Connectors for Sides {
    fn catalog(&self) -> &causeway_domain::definition::Catalog {
        causeway_connectors::catalog()
    }

    fn source(&self, _: &Registered) -> Result<Arc<dyn Source>, Failure> {
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }

    fn destination(&self, _: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }

    fn tests(&self, _: &Registered) -> Result<Vec<NamedTest>, Failure> {
        Ok(Vec::new())
    }
}

impl Sides {
    fn fetched(&self, stream: Stream, rows: Vec<u32>, count: u64) -> Result<Fetched, Failure> {
        let answer = Answer { rows, count };
        let body = serde_json::to_vec(&answer).map_err(|error| broken(&error))?;
        Ok(Fetched {
            transformed: self.transform(stream, &answer)?,
            raw: Bytes::from(body).into(),
            dropped_fields: Vec::new(),
            traffic: Traffic::default(),
            transform_ms: 0,
        })
    }

    fn transform(&self, stream: Stream, Answer { rows, count }: &Answer) -> Result<Transformed, Failure> {
        let mut records = Records::default();
        for number in rows {
            self.0.record(stream, *number, &mut records).map_err(|trouble| broken(&trouble))?;
        }
        Ok(Transformed {
            fetched: rows.len() as u64,
            vendor_count: Some(*count),
            row_keys: rows.iter().map(|number| RowKey::of([number.to_string()])).collect(),
            records,
            rejects: Vec::new(),
            unreadable: Unreadable::default(),
            unreadable_first: Unreadable::default(),
            fields: FieldsSeen::default(),
        })
    }
}

fn broken(error: &impl ToString) -> Failure {
    Failure::new(FailureKind::UnexpectedAnswer, "generated rows", error.to_string())
}

#[async_trait]
impl Source for Sides {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let opened = |stream| Opened {
            stream,
            count: Some(self.0.count(stream)),
            page_size: PAGE,
            reading: Reading::Windows,
            dropped_fields: Vec::new(),
            traffic: Traffic::default(),
        };
        Ok(vec![opened(Stream::Assets), opened(Stream::Findings)])
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        self.fetched(stream, self.0.window(stream, window.offset, window.limit), self.0.count(stream))
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        Some(self)
    }

    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        self.transform(stream, &serde_json::from_slice(kept).map_err(|error| broken(&error))?)
    }
}

#[async_trait]
impl SingleRecords for Sides {
    /// All that is asked for is gone, but for the controls.
    async fn confirm(
        &self,
        stream: Stream,
        _: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let rows: Vec<u32> = controls.iter().filter_map(Rows::number_of).collect();
        let count = rows.len() as u64;
        Ok((self.fetched(stream, rows, count)?, Confirmation::Trusted))
    }
}

#[async_trait]
impl Destination for Sides {
    /// As Qualys ETM's.
    fn limits(&self) -> BatchLimits {
        BatchLimits { assets: 500, findings: 10_000, bytes: 16 << 20 }
    }

    async fn deliver(&self, _: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        Err(Failure::new(FailureKind::NotFound, "receiver", "nothing is delivered here"))
    }
}
