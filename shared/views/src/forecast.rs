//! Forecast of the cost of a whole run, based on a preview.

use causeway_domain::Failure;
use causeway_domain::definition::Catalog;
use causeway_runs::Preview;
use std::time::Duration;

/// Calls, time and money of one run.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Forecast {
    /// Requests to the vendor: each stream's pages, its count at the start and at the end, and the known direct
    /// queries.
    pub source_requests: u64,
    /// Batches to the destination; known only after a preview of all pages.
    pub deliveries: Option<u64>,
    /// Minimum time for these requests at the vendor's limit.
    pub at_limit: Duration,
    /// Time for reading at the pace of the preview, at least `at_limit`.
    pub at_pace: Duration,
    /// AWS usage of the same run in a stack.
    pub aws: AwsUse,
}

/// AWS usage of one run, rounded up. The constants were measured: `docs/BENCHMARKS.md`, *Functions: a million
/// findings*.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct AwsUse {
    /// Lambda invocations.
    pub invocations: u64,
    /// Lambda memory times time.
    pub gb_seconds: f64,
    /// SQS requests.
    pub queue_requests: u64,
    /// S3 PUT and LIST requests.
    pub object_writes: u64,
    /// S3 GET requests.
    pub object_reads: u64,
    /// Total cost, in US dollars.
    pub dollars: f64,
}

/// AWS list prices of us-east-1 (arm64, no free tier), in dollars; S3 and SQS per single request.
mod price {
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
    pub(super) const INVOCATION: f64 = 0.000_000_2;
    pub(super) const QUEUE_REQUEST: f64 = 0.000_000_4;
    pub(super) const OBJECT_WRITE: f64 = 0.000_005;
    pub(super) const OBJECT_READ: f64 = 0.000_000_4;
}

/// Memory of worker and deliverer, in GB.
const MEMORY: f64 = 0.5;

/// Pages that a worker processes concurrently, and workers: the defaults of a stack.
const SIDE_BY_SIDE: f64 = 10.0;
const WORKERS: f64 = 2.0;

/// Computing time for a page of a thousand rows, in seconds, with the CPU share that Lambda gives for that memory.
const COMPUTED: f64 = 0.07;

/// Billed seconds for a delivery.
const DELIVERED: f64 = 0.3;

/// GB-seconds of the finalizer per row, with the template's memory.
const GB_SECONDS_A_ROW: f64 = 0.000_075;

/// Send, receive and delete, without batching.
const REQUESTS_A_MESSAGE: u64 = 3;

/// Forecasts a whole run from the part that `preview` read.
///
/// # Errors
/// `DefinitionInvalid` for settings that cannot be read.
pub fn forecast(preview: &Preview, catalog: &Catalog) -> Result<Forecast, Failure> {
    let manifest = &preview.manifest;
    let definition = &manifest.definition.definition;
    let source = catalog.source(definition)?;
    let streams = manifest.streams.len() as u64;
    let pages: u64 = manifest.streams.iter().map(|plan| u64::from(plan.pages)).sum();
    let others = preview.pages.iter().filter(|page| !page.page.series.is_planned()).count();
    let more = (others + preview.counts.len()) as u64;
    let counts = if preview.is_whole() { streams } else { 2 * streams };
    let source_requests = pages + more + counts;
    let at_limit =
        Duration::from_secs_f64(source_requests as f64 / f64::from(source.requests_per_second.max(1)));
    let read = preview.traffic.requests.max(1) as f64;
    let at_pace = preview.took.mul_f64(source_requests as f64 / read).max(at_limit);
    let deliveries = preview.is_whole().then_some(preview.plan.deliveries.len() as u64);
    let rows: u64 = manifest.streams.iter().map(|plan| plan.count.unwrap_or_default()).sum();
    let width = f64::from(definition.run.fetch_concurrency.max(1));
    let answer = preview.took.as_secs_f64() * width / read;
    let deliveries_at_most = deliveries.unwrap_or_else(|| rows.div_ceil(1_000));
    let page_seconds = billed_seconds(answer, source.requests_per_second);
    let aws = aws(pages + more, deliveries_at_most, page_seconds, rows);
    Ok(Forecast { source_requests, deliveries, at_limit, at_pace, aws })
}

/// Billed seconds for a page whose response takes `answer` seconds: ten pages share the wait, unless the request limit
/// makes the worker wait longer.
fn billed_seconds(answer: f64, requests_per_second: u32) -> f64 {
    let paced = WORKERS / f64::from(requests_per_second.max(1));
    (answer / SIDE_BY_SIDE + COMPUTED).max(paced)
}

fn aws(pages: u64, deliveries: u64, page_seconds: f64, rows: u64) -> AwsUse {
    let messages = pages + deliveries;
    // A function takes ten messages at once; the finalizer checks about once for each of those rounds.
    let invocations = messages.div_ceil(10) * 2 + 1;
    let gb_seconds = MEMORY * (page_seconds * pages as f64 + DELIVERED * deliveries as f64)
        + GB_SECONDS_A_ROW * rows as f64;
    let queue_requests = REQUESTS_A_MESSAGE * (messages + invocations);
    // Data, summary and rejects of a page; content and receipt of a delivery; a listing for each check.
    let object_writes = 3 * pages + 2 * deliveries + 3 * invocations;
    // The worker reads a page's summary, manifest and outcome; the finalizer reads its data once and its summary
    // several times.
    let object_reads = 10 * pages + 6 * deliveries;
    let dollars = gb_seconds * price::GB_SECOND
        + invocations as f64 * price::INVOCATION
        + queue_requests as f64 * price::QUEUE_REQUEST
        + object_writes as f64 * price::OBJECT_WRITE
        + object_reads as f64 * price::OBJECT_READ;
    AwsUse { invocations, gb_seconds, queue_requests, object_writes, object_reads, dollars }
}

#[cfg(test)]
mod tests {
    use super::{aws, billed_seconds};

    #[test]
    fn a_run_of_a_million_findings_costs_cents() {
        let used = aws(1_100, 1_000, billed_seconds(0.4, 10), 1_000_000);
        assert!((0.005..0.2).contains(&used.dollars), "{used:?}");
        let twice = aws(2_200, 2_000, billed_seconds(0.4, 10), 2_000_000);
        assert!((1.9..2.1).contains(&(twice.dollars / used.dollars)), "cost grows with the work: {twice:?}");
    }

    #[test]
    fn a_slow_pace_is_paid_for() {
        assert!(billed_seconds(0.3, 1) > 10.0 * billed_seconds(0.3, 33));
        assert!(billed_seconds(3.0, 33) > 2.0 * billed_seconds(0.3, 33), "and so is a slow vendor");
    }
}
