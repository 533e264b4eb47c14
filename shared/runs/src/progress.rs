//! Reads runs back: what is staged, what is left, how each ended.

use crate::decide::question::{Question, QuestionCounts};
use crate::protocol::{attempt, chain};
use crate::run_objects::{
    RunFolder, SHOWN, StagedPages, counts, read_all, receipt_names, receipts, records, run_folders,
};
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{Count, DeadLetter, PageId};
use causeway_domain::plan::{Plan, VerdictRecord};
use causeway_domain::reading::Reading;
use causeway_domain::run::{ProcessFigures, RunOutcome};
use causeway_domain::schema::RunSchema;
use causeway_domain::{ConnectionName, Failure, Intervention, Manifest, PageSummary, RunId, Series, Stream};
use std::collections::BTreeSet;

/// What a run is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Pages of the manifest are being read.
    Fetching,
    /// Gaps are being closed, the vendor is asked for its count.
    CatchingUp,
    /// The vendor is asked for exactly the missing records.
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
    /// The manifest; `None` when the run failed before it had one.
    pub manifest: Option<Manifest>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<RunOutcome>,
    /// Its plan, once made.
    pub plan: Option<Plan>,
    /// Its coverage, once known.
    pub coverage: Vec<StreamCoverage>,
    /// Its staged pages.
    pub pages: Vec<PageSummary>,
    /// The vendor's counts at the ends of rounds of catch-up, with stream and round.
    pub counts: Vec<(Stream, u16, Count)>,
    /// What is known of its deliveries: their receipts, and what was settled of those that are not done.
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
#[async_recursion]
pub async fn progress(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<Progress, Failure> {
    let keys = RunKeys::new(name, run);
    let objects = engine.objects.as_ref();
    let outcome = attempt::outcome(engine, name, run).await?;
    // Of the rest, what is damaged is not shown: the check that meets it ends the run, which must not be kept from it.
    let manifest = store::unless_damaged(store::read::<Manifest>(objects, &keys.manifest()).await)?;
    let pages = StagedPages::list(engine, keys).await?;
    let mut streams = Vec::new();
    for plan in manifest.iter().flat_map(|manifest| &manifest.streams) {
        let (staged, planned) = (pages.planned(plan.stream), u64::from(plan.pages));
        let planned = match (&plan.reading, &manifest) {
            (Reading::Chains { .. }, Some(manifest)) => {
                let open = store::unless_damaged(chain::open(&pages, manifest, plan).await.map(Some))?;
                let open = open.map_or(0, |open| open.len() as u64);
                if open == 0 { staged } else { planned.max(staged + open) }
            }
            _ => planned,
        };
        streams.push((plan.stream, staged, planned));
    }
    let questions = store::read::<QuestionCounts>(objects, &keys.confirm_index()).await;
    let questions = store::unless_damaged(questions)?.unwrap_or_default().total();
    let answered = Stream::ALL.into_iter().map(|stream| pages.count(stream, Series::Confirm)).sum();
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
        None if answered < questions => Phase::Confirming,
        None => Phase::Planning,
    };
    let planned = plan.map_or(0, |plan| plan.deliveries.len() as u64);
    let (confirm, deliveries) = ((answered, questions), (received, planned));
    Ok(Progress { phase, streams, confirm, deliveries, outcome })
}

/// Everything about `run`.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn details(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<RunDetails, Failure> {
    let keys = RunKeys::new(name, run);
    let objects = engine.objects.as_ref();
    let pages = StagedPages::read(engine, keys).await?;
    let interventions = attempt::interventions(engine, keys).await?;
    let newest = keys.attempt(attempt::newest(&interventions));
    Ok(RunDetails {
        manifest: store::read(objects, &keys.manifest()).await?,
        outcome: store::read(objects, &newest.outcome()).await?,
        plan: store::read(objects, &keys.plan()).await?,
        coverage: store::read(objects, &keys.coverage()).await?.unwrap_or_default(),
        pages,
        counts: counts(engine, keys).await?,
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
#[async_recursion]
pub async fn note_process(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    figures: ProcessFigures,
) -> Result<(), Failure> {
    let keys = RunKeys::new(name, run);
    let newest = keys.attempt(attempt::newest(&attempt::interventions(engine, keys).await?));
    store::create(engine.objects.as_ref(), &newest.process(), &figures).await.map(drop)
}

/// A confirming question that was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweredQuestion {
    /// Missing records it asked for.
    pub missing: usize,
    /// Control records it also asked for.
    pub controls: usize,
    /// The page with its answer.
    pub answer: PageSummary,
}

/// Question `number` of `run` about records of `stream`; `None` when it or its answer is not there.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn answered_question(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    (stream, number): (Stream, u32),
) -> Result<Option<AnsweredQuestion>, Failure> {
    let keys = RunKeys::new(name, run);
    let objects = engine.objects.as_ref();
    let question = store::read::<Question>(objects, &keys.confirm(stream, number)).await?;
    let Some(Question { keys: missing, controls }) = question else { return Ok(None) };
    let page = PageId::answer(stream, number);
    let answer = store::read(objects, &keys.page_summary(page)).await?;
    let (missing, controls) = (missing.len(), controls.len());
    Ok(answer.map(|answer| AnsweredQuestion { missing, controls, answer }))
}

/// The runs of a connection, newest first. A folder with neither manifest nor outcome is no run, unless the connection
/// has just claimed it.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn runs(
    engine: &Engine,
    name: &ConnectionName,
) -> Result<Vec<(RunId, Option<Manifest>, Option<RunOutcome>)>, Failure> {
    let found = run_folders(engine, name).await?.into_iter().filter(|folder| folder.is_run);
    Ok(found.map(|RunFolder { run, manifest, outcome, .. }| (run, manifest, outcome)).collect())
}

/// The first 100,000 verdicts of a run's plan.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn verdicts(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Vec<VerdictRecord>, Failure> {
    let objects = engine.objects.as_ref();
    let plan = store::read::<Plan>(objects, &RunKeys::new(name, run).plan()).await?;
    let mut verdicts = Vec::new();
    for key in plan.map(|plan| plan.verdicts).unwrap_or_default() {
        if verdicts.len() >= SHOWN {
            break;
        }
        verdicts.extend(records::<VerdictRecord>(engine, &key).await?);
    }
    Ok(verdicts)
}
