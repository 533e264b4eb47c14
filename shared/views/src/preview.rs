//! A preview, as data.

use crate::Forecast;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::page::{PageId, Reject, Traffic};
use causeway_domain::plan::{VerdictCounts, VerdictRecord};
use causeway_domain::run::StreamPlan;
use causeway_domain::{ConnectionName, Failure, Stream};
use causeway_ledger::StagedPage;
use causeway_ports::Records;
use causeway_runs::{Preview, Sample};
use serde::Serialize;
use serde_json::Value;

/// The report of `preview`: what a run would do now, and its cost.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewAccount {
    /// Its connection.
    pub connection: ConnectionName,
    /// Whether all pages were read; the verdicts are then those of a whole run.
    pub whole: bool,
    /// The streams that a run would read.
    pub streams: Vec<StreamPlan>,
    /// Pages that were read.
    pub pages_read: usize,
    /// Coverage; empty for a bounded preview.
    pub coverage: Vec<StreamCoverage>,
    /// The vendor's rows and their records.
    pub samples: Vec<MappedRow>,
    /// Rejected rows, at most the first 100,000.
    pub rejects: Vec<RejectedRow>,
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Why the plan would wait for approval.
    pub held: Vec<Failure>,
    /// Verdicts except *unchanged*, at most the first 100,000.
    pub verdicts: Vec<VerdictRecord>,
    /// Requests and bytes exchanged with the vendor.
    pub traffic: Traffic,
    /// The cost of a whole run.
    pub forecast: Forecast,
}

/// A row of the vendor and its result.
#[derive(Debug, Clone, Serialize)]
pub struct MappedRow {
    /// Its stream.
    pub stream: Stream,
    /// The vendor's key of the row.
    pub key: String,
    /// The row as the vendor sent it.
    pub source: Value,
    /// The records as they would be staged.
    pub records: Vec<Value>,
    /// Why it is rejected.
    pub reject: Option<Reject>,
}

/// A rejected row and its page.
#[derive(Debug, Clone, Serialize)]
pub struct RejectedRow {
    /// The page.
    pub page: PageId,
    /// The row and the reason.
    pub reject: Reject,
}

impl PreviewAccount {
    /// Combines a preview and its forecast.
    pub fn of(preview: &Preview, forecast: Forecast) -> Self {
        let rejected =
            |(page, reject): &(PageId, Reject)| RejectedRow { page: *page, reject: reject.clone() };
        Self {
            connection: preview.manifest.connection.clone(),
            whole: preview.is_whole(),
            streams: preview.manifest.streams.clone(),
            pages_read: preview.pages.len(),
            coverage: preview.coverage.clone(),
            samples: preview.samples.iter().map(MappedRow::of).collect(),
            rejects: preview.rejects.iter().map(rejected).collect(),
            assets: preview.plan.assets.clone(),
            findings: preview.plan.findings.clone(),
            held: preview.plan.held.clone(),
            verdicts: preview.verdicts.clone(),
            traffic: preview.traffic,
            forecast,
        }
    }
}

impl MappedRow {
    fn of(Sample { stream, explained }: &Sample) -> Self {
        Self {
            stream: *stream,
            key: explained.key.to_string(),
            source: parsed(&explained.row),
            records: staged(&explained.records),
            reject: explained.reject.clone(),
        }
    }
}

/// The records as they would be staged.
fn staged(records: &Records) -> Vec<Value> {
    let page = StagedPage::write(records).unwrap_or_default();
    let lines = page.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
