//! The objects of a run, read back: which runs there are, and the pages, receipts and dead letters of one.

use crate::protocol::attempt;
use crate::{Engine, store};
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::{AttemptKeys, ConnectionKeys, RunKeys};
use causeway_domain::run::RunOutcome;
use causeway_domain::{
    ConnectionName, ConnectionRecord, Failure, Manifest, PageSummary, RunId, Series, Stream,
};
use causeway_ledger::segment;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Objects read side by side when a run is looked at.
const READ_AHEAD: usize = 16;

/// Verdicts or rejects shown at most.
pub(crate) const SHOWN: usize = 100_000;

/// A folder with the name of a run.
pub(crate) struct RunFolder {
    pub(crate) run: RunId,
    /// `None` if there is none, or it is damaged.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) outcome: Option<RunOutcome>,
    /// Whether something of it, even if damaged, tells that it was started.
    pub(crate) is_run: bool,
}

/// All folders that have the name of a run, newest first.
pub(crate) async fn run_folders(engine: &Engine, name: &ConnectionName) -> Result<Vec<RunFolder>, Failure> {
    let keys = ConnectionKeys(name);
    let objects = engine.objects.as_ref();
    let mut ids: BTreeMap<RunId, bool> = BTreeMap::new();
    for key in objects.list(&keys.runs()).await? {
        let parts = key.strip_prefix(&keys.runs()).and_then(|rest| rest.split_once('/'));
        let Some((Ok(run), rest)) = parts.map(|(run, rest)| (RunId::parse(run), rest)) else { continue };
        *ids.entry(run).or_default() |= tells_of_a_run(rest);
    }
    // Read after the list: whoever wrote to a folder had claimed it before.
    let record: Option<ConnectionRecord> = store::unless_damaged(store::read(objects, &keys.state()).await)?;
    let current = record.and_then(|record| record.current_run);
    let mut folders = Vec::with_capacity(ids.len());
    for (run, told) in ids.into_iter().rev() {
        let keys = RunKeys(name, &run);
        // One damaged run must not hide the others.
        let manifest = store::unless_damaged(store::read(objects, &keys.manifest()).await)?;
        let outcome = store::unless_damaged(attempt::outcome(engine, name, &run).await)?;
        let is_run = told || current.as_ref() == Some(&run);
        folders.push(RunFolder { run, manifest, outcome, is_run });
    }
    // Ids tell apart seconds only. The current run without either has only just been claimed.
    folders.sort_by_key(|RunFolder { run, manifest, outcome, .. }| {
        let started = manifest.as_ref().map(|manifest| manifest.started_at);
        let started = started.or(outcome.as_ref().map(|outcome| outcome.started_at));
        let claimed = current.as_ref() == Some(run);
        Reverse(started.or(run.at().filter(|_| !claimed)).unwrap_or(Timestamp::MAX))
    });
    Ok(folders)
}

/// Whether a run's object, named without the run's prefix, is its manifest or one of its outcomes.
pub(crate) fn tells_of_a_run(rest: &str) -> bool {
    !rest.contains('/') && (rest.starts_with("manifest") || rest.starts_with("outcome"))
}

/// Reads a whole list of records.
///
/// # Errors
/// `StoreDamaged` when the list is gone or cannot be read.
pub async fn records<T: DeserializeOwned>(engine: &Engine, key: &str) -> Result<Vec<T>, Failure> {
    let text = segment::get(engine.objects.as_ref(), key).await?;
    let parse = |line: bytes::Bytes| {
        serde_json::from_slice(&line).map_err(|error| store::damaged(key, &error.to_string()))
    };
    segment::lines(&text).map(parse).collect()
}

/// The summaries of all staged pages of a stream, in page order.
pub(crate) async fn staged_pages(
    engine: &Engine,
    keys: RunKeys<'_>,
    stream: Stream,
) -> Result<Vec<PageSummary>, Failure> {
    let staged = staged_keys(engine, &keys.pages(stream)).await?;
    let mut pages: Vec<PageSummary> = read_all(engine, staged).await?;
    pages.sort_by_key(|page| (page.page.series != Series::Main, page.page));
    Ok(pages)
}

/// Keys of the summaries below `prefix`.
pub(crate) async fn staged_keys(engine: &Engine, prefix: &str) -> Result<Vec<String>, Failure> {
    let mut keys = engine.objects.list(prefix).await?;
    keys.retain(|key| key.ends_with(".json") && !key.contains("-queued"));
    Ok(keys)
}

/// The receipts of a run in the order of its deliveries; of one that was made in several attempts, the last one's.
pub(crate) async fn receipts(engine: &Engine, keys: RunKeys<'_>) -> Result<Vec<Receipt>, Failure> {
    let last: BTreeMap<u32, u32> = receipt_names(engine, keys).await?.into_iter().collect();
    let key = |(delivery, attempt)| keys.attempt(attempt).receipt(delivery);
    read_all(engine, last.into_iter().map(key).collect()).await
}

/// Delivery and attempt of each receipt, in order.
pub(crate) async fn receipt_names(
    engine: &Engine,
    keys: RunKeys<'_>,
) -> Result<BTreeSet<(u32, u32)>, Failure> {
    let prefix = keys.receipts();
    let of_key = |key: &String| {
        let name = key.strip_prefix(&prefix)?.strip_suffix(".json")?;
        let (delivery, attempt) = name.split_once('-').unwrap_or((name, "0"));
        Some((delivery.parse().ok()?, attempt.parse().ok()?))
    };
    Ok(engine.objects.list(&prefix).await?.iter().filter_map(of_key).collect())
}

/// Names of the work that an attempt gave up.
pub(crate) async fn given_up(engine: &Engine, keys: AttemptKeys<'_>) -> Result<BTreeSet<String>, Failure> {
    let prefix = keys.dead_letters();
    let listed = engine.objects.list(&prefix).await?;
    let name = |key: &String| Some(key.strip_prefix(&prefix)?.strip_suffix(".json")?.to_owned());
    Ok(listed.iter().filter_map(name).collect())
}

pub(crate) async fn read_all<T: DeserializeOwned + Send>(
    engine: &Engine,
    keys: Vec<String>,
) -> Result<Vec<T>, Failure> {
    let read = |key: String| async move { store::require::<T>(engine.objects.as_ref(), &key).await };
    futures::stream::iter(keys).map(read).buffered(READ_AHEAD).try_collect().await
}
