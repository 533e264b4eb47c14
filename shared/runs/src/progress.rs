//! Looking at runs: what is staged, what is left, how it ended.

use crate::{Engine, attempt, store};
use async_recursion::async_recursion as boxed;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::{AttemptKeys, ConnectionKeys, RunKeys};
use causeway_domain::page::DeadLetter;
use causeway_domain::plan::{Plan, VerdictRecord};
use causeway_domain::run::{ProcessFigures, RunOutcome};
use causeway_domain::schema::RunSchema;
use causeway_domain::{
    ConnectionName, ConnectionRecord, Failure, Intervention, Manifest, PageSummary, RunId, Series, Stream,
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

/// What a run is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Pages of the manifest are being read.
    Fetching,
    /// Gaps are being closed, the vendor is asked for its count.
    CatchingUp,
    /// The vendor is asked for exactly the missing findings.
    Confirming,
    /// Reconciling.
    Planning,
    /// Batches are being sent.
    Delivering,
    /// Decided.
    Ended,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it is busy with.
    pub phase: Phase,
    /// Pages staged and planned, per stream.
    pub streams: Vec<(Stream, u64, u64)>,
    /// Questions answered and asked.
    pub confirm: (u64, u64),
    /// Deliveries done and planned.
    pub deliveries: (u64, u64),
    /// How it ended, if it has.
    pub outcome: Option<RunOutcome>,
}

/// Everything there is to tell about one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunDetails {
    /// What it set out to read; `None` when it failed before it knew.
    pub manifest: Option<Manifest>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<RunOutcome>,
    /// Its plan, once made.
    pub plan: Option<Plan>,
    /// Its coverage, once known.
    pub coverage: Vec<StreamCoverage>,
    /// Its staged pages.
    pub pages: Vec<PageSummary>,
    /// Its receipts.
    pub receipts: Vec<Receipt>,
    /// Work that the newest attempt gave up.
    pub dead_letters: Vec<DeadLetter>,
    /// What persons did to it, in order.
    pub interventions: Vec<Intervention>,
    /// The fields that its records had, once it is decided.
    pub schema: Option<RunSchema>,
    /// Of the process in which it was decided, where that was written down.
    pub process: Option<ProcessFigures>,
}

/// How far `run` is; cheap enough to ask several times a second.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn progress(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<Progress, Failure> {
    let keys = RunKeys(name, run);
    let objects = engine.objects.as_ref();
    let outcome = attempt::outcome(engine, name, run).await?;
    // Of the rest, what is damaged is not shown: the check that meets it ends the run, which must not be kept from it.
    let manifest = store::unless_damaged(store::read::<Manifest>(objects, &keys.manifest()).await)?;
    let plans = manifest.map(|manifest| manifest.streams).unwrap_or_default();
    let mut streams = Vec::with_capacity(plans.len());
    for plan in plans {
        let staged = staged_keys(engine, &format!("{}main/", keys.pages(plan.stream))).await?.len() as u64;
        streams.push((plan.stream, staged, u64::from(plan.pages)));
    }
    let questions = store::read::<u32>(objects, &keys.confirm_index()).await;
    let questions = store::unless_damaged(questions)?.unwrap_or_default();
    let answered =
        staged_keys(engine, &format!("{}confirm/", keys.pages(Stream::Findings))).await?.len() as u64;
    let plan = store::unless_damaged(store::read::<Plan>(objects, &keys.plan()).await)?;
    let receipts = receipt_names(engine, keys).await?;
    let received = receipts.iter().map(|(delivery, _)| delivery).collect::<BTreeSet<_>>().len() as u64;
    let phase = match &plan {
        _ if outcome.is_some() => Phase::Ended,
        Some(_) => Phase::Delivering,
        None if streams.is_empty() || streams.iter().any(|(_, staged, planned)| staged < planned) => {
            Phase::Fetching
        }
        None if objects.get(&keys.coverage()).await?.is_none() => Phase::CatchingUp,
        None if answered < u64::from(questions) => Phase::Confirming,
        None => Phase::Planning,
    };
    let planned = plan.map_or(0, |plan| plan.deliveries.len() as u64);
    let (confirm, deliveries) = ((answered, u64::from(questions)), (received, planned));
    Ok(Progress { phase, streams, confirm, deliveries, outcome })
}

/// Everything about `run`.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn details(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<RunDetails, Failure> {
    let keys = RunKeys(name, run);
    let objects = engine.objects.as_ref();
    let mut pages = staged_pages(engine, keys, Stream::Assets).await?;
    pages.extend(staged_pages(engine, keys, Stream::Findings).await?);
    let interventions = attempt::interventions(engine, keys).await?;
    let newest = keys.attempt(attempt::newest(&interventions));
    Ok(RunDetails {
        manifest: store::read(objects, &keys.manifest()).await?,
        outcome: store::read(objects, &newest.outcome()).await?,
        plan: store::read(objects, &keys.plan()).await?,
        coverage: store::read(objects, &keys.coverage()).await?.unwrap_or_default(),
        pages,
        receipts: receipts(engine, keys).await?,
        dead_letters: read_all(engine, objects.list(&newest.dead_letters()).await?).await?,
        interventions,
        schema: store::read(objects, &keys.schema()).await?,
        process: store::unless_damaged(store::read(objects, &newest.process()).await)?,
    })
}

/// Writes down what the process needed in which the newest attempt of `run` was decided; whoever does it first is believed.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn note_process(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    figures: ProcessFigures,
) -> Result<(), Failure> {
    let keys = RunKeys(name, run);
    let newest = keys.attempt(attempt::newest(&attempt::interventions(engine, keys).await?));
    store::create(engine.objects.as_ref(), &newest.process(), &figures).await.map(drop)
}

/// The runs of a connection, newest first. A folder with neither manifest nor outcome is no run, unless the connection
/// has just claimed it.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn runs(
    engine: &Engine,
    name: &ConnectionName,
) -> Result<Vec<(RunId, Option<Manifest>, Option<RunOutcome>)>, Failure> {
    let found = run_folders(engine, name).await?.into_iter().filter(|folder| folder.is_run);
    Ok(found.map(|RunFolder { run, manifest, outcome, .. }| (run, manifest, outcome)).collect())
}

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

/// The first 100,000 verdicts of a run's plan.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn verdicts(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Vec<VerdictRecord>, Failure> {
    let objects = engine.objects.as_ref();
    let plan = store::read::<Plan>(objects, &RunKeys(name, run).plan()).await?;
    let mut verdicts = Vec::new();
    for key in plan.map(|plan| plan.verdicts).unwrap_or_default() {
        if verdicts.len() >= SHOWN {
            break;
        }
        verdicts.extend(records::<VerdictRecord>(engine, &key).await?);
    }
    Ok(verdicts)
}

/// Reads a whole list of records.
pub(crate) async fn records<T: DeserializeOwned>(engine: &Engine, key: &str) -> Result<Vec<T>, Failure> {
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

async fn read_all<T: DeserializeOwned + Send>(engine: &Engine, keys: Vec<String>) -> Result<Vec<T>, Failure> {
    let read = |key: String| async move { store::require::<T>(engine.objects.as_ref(), &key).await };
    futures::stream::iter(keys).map(read).buffered(READ_AHEAD).try_collect().await
}
