//! A vendor with a handful of rows in its real shape, and a receiver that reads every document it is sent.

use crate::xdome_page::TRANSFORM;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{BatchAnswer, BatchLimits};
use causeway_domain::page::{Confirmation, Traffic, Window};
use causeway_domain::reading::Reading;
use causeway_domain::{Failure, Stream, VendorKey};
use causeway_ports::destination::Batch;
use causeway_ports::source::Opened;
use causeway_ports::{Connectors, Destination, Fetched, NamedTest, SingleRecords, Source, Transformed};
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows per page: few, so that a run has several.
const PAGE_SIZE: u32 = 4;

/// Source and destination in one.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Plant {
    /// One finding is gone, one is changed, one is new.
    pub(crate) later: bool,
    /// One row has no key.
    pub(crate) with_reject: bool,
}

impl Plant {
    fn rows(&self, stream: Stream) -> Vec<Value> {
        let devices = ["d-1", "d-2", "d-3"];
        let later = self.later;
        let device = |uid: &&str| {
            json!({"uid": uid, "device_category": "OT", "site_name": "North", "retired": false,
                "device_name": format!("plc {uid}"), "first_seen_list": ["2026-01-01T00:00:00Z"], "ip_list": ["10.0.0.1 / (Last Known IP)", null]})
        };
        let finding = |uid: &str, id: &str| {
            json!({"device_uid": uid, "vulnerability_id": id, "vulnerability_relevance": "Confirmed",
                "vulnerability_name": if later && id == "v-2" { "changed" } else { "name" },
                "vulnerability_cve_ids": if id == "v-1" { json!(["CVE-2024-0001", "CVE-2024-0002"]) } else { json!([]) },
                "device_category": "OT", "device_site_name": "North", "device_retired": false})
        };
        match stream {
            Stream::Assets => devices.iter().map(device).collect(),
            Stream::Findings => {
                let ids = if later { ["v-1", "v-2", "v-4"] } else { ["v-1", "v-2", "v-3"] };
                let pair = |uid: &&'static str| ids.map(|id| finding(uid, id));
                let mut rows: Vec<Value> = devices.iter().flat_map(pair).collect();
                if self.with_reject {
                    rows.push(json!({"device_uid": "d-1", "vulnerability_id": null}));
                }
                rows
            }
        }
    }
}

fn fetched(stream: Stream, rows: &[Value], count: Option<usize>) -> Result<Fetched, Failure> {
    let list = if stream == Stream::Assets { "devices" } else { "devices_vulnerabilities" };
    let body = Bytes::from(json!({ list: rows, "count": count }).to_string());
    let transformed = TRANSFORM.transform(stream, &body)?;
    let traffic = Traffic { requests: 1, ..Traffic::default() };
    Ok(Fetched { transformed, raw: body.into(), dropped_fields: Vec::new(), traffic, transform_ms: 0 })
}

#[async_trait]
impl Source for Plant {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let opened = |stream| Opened {
            stream,
            count: Some(self.rows(stream).len() as u64),
            page_size: PAGE_SIZE,
            reading: Reading::Windows,
            dropped_fields: Vec::new(),
            traffic: Traffic::default(),
        };
        Ok([Stream::Assets, Stream::Findings].map(opened).into())
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        let rows = self.rows(stream);
        let count = (window.offset == 0).then_some(rows.len());
        let skipped = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let rows: Vec<Value> = rows.into_iter().skip(skipped).take(window.limit as usize).collect();
        fetched(stream, &rows, count)
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        Some(self)
    }

    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        TRANSFORM.transform(stream, kept)
    }
}

#[async_trait]
impl SingleRecords for Plant {
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let columns: &[&str] = match stream {
            Stream::Assets => &["uid"],
            Stream::Findings => &["device_uid", "vulnerability_id"],
        };
        let asked = |row: &Value| {
            let key: Option<Vec<&str>> = columns.iter().map(|name| row.get(*name)?.as_str()).collect();
            key.is_some_and(|row| missing.iter().chain(controls).any(|key| key.texts() == row))
        };
        let mut rows = self.rows(stream);
        rows.retain(asked);
        Ok((fetched(stream, &rows, None)?, Confirmation::Trusted))
    }
}

#[async_trait]
impl Destination for Plant {
    fn limits(&self) -> BatchLimits {
        BatchLimits { assets: 2, findings: 20, bytes: 10_000 }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        for asset in batch.assets {
            asset.document()?;
            for finding in &asset.findings {
                finding.document()?;
            }
        }
        let traffic = Traffic { requests: 1, ..Traffic::default() };
        Ok(BatchAnswer { traffic, ..BatchAnswer::accepting(batch.assets.len()) })
    }
}

impl Connectors for Plant {
    fn catalog(&self) -> &causeway_domain::definition::Catalog {
        causeway_connectors::catalog()
    }

    fn source(&self, _: &Registered) -> Result<Arc<dyn Source>, Failure> {
        Ok(Arc::new(*self))
    }

    fn destination(&self, _: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        Ok(Arc::new(*self))
    }

    fn tests(&self, _: &Registered) -> Result<Vec<NamedTest>, Failure> {
        Ok(Vec::new())
    }
}
