//! Preview: what a run would do now. It is the run itself, rehearsed on an object store laid over the real one, with
//! queues in memory and a destination that takes nothing. So it can send and change nothing, and it cannot differ from
//! a run.

mod overlay;
mod rehearsal;
mod sample;

pub use sample::Sample;

use crate::connections::registry::load;
use crate::decide::absences::Absences;
use crate::decide::rejected_rows::rejects;
use crate::decide::rejects::Blocked;
use crate::decide::{plan, policy};
use crate::progress::verdicts;
use crate::protocol::attempt::Attempt;
use crate::protocol::chain;
use crate::protocol::start::{claim, go_on, open};
use crate::run_objects::{StagedPages, counts};
use crate::{Engine, Queues, fetch, finalize, store};
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{Count, PageId, Reject, Traffic};
use causeway_domain::plan::{LedgerIndex, Plan, VerdictRecord};
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, Failure, FailureKind, FindingKey, Manifest, PageSummary, RunId};
use causeway_ports::{Objects, PutCondition, Received, Settlement};
use causeway_reconcile::Coverage;
use futures::{StreamExt, TryStreamExt};
use overlay::Overlay;
use rehearsal::{FirstAnswers, Messages, Rehearsed};
use std::sync::Arc;
use std::time::Duration;

/// What to preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRequest {
    /// Pages to read of each stream; `None` reads all and asks the confirming questions too.
    pub pages: Option<u32>,
    /// Records to show beside their source, per stream.
    pub records: usize,
    /// Another definition of the same connection, to see what a change would do; `None` takes the one in force.
    pub instead: Option<Registered>,
}

/// What a run would do now.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// What a run would set out to read.
    pub manifest: Manifest,
    /// Pages that were read.
    pub pages: Vec<PageSummary>,
    /// The vendor's counts at the end of reading.
    pub counts: Vec<Count>,
    /// Records beside their source.
    pub samples: Vec<Sample>,
    /// Rows that cannot be used, with their pages; the first 100,000.
    pub rejects: Vec<(PageId, Reject)>,
    /// What reconciling found; of a bounded preview, about what its pages touch.
    pub plan: Plan,
    /// Verdicts except *unchanged*, the first 100,000.
    pub verdicts: Vec<VerdictRecord>,
    /// What was seen; empty for a bounded preview.
    pub coverage: Vec<StreamCoverage>,
    /// What it cost at the vendor.
    pub traffic: Traffic,
    /// How long reading took, counting at the start included.
    pub took: Duration,
}

impl Preview {
    /// Whether all pages were read, so that the verdicts are those of a whole run.
    pub fn is_whole(&self) -> bool {
        !self.coverage.is_empty()
    }
}

/// Told of pages read and pages to read.
pub(crate) type Watcher<'w> = &'w (dyn Fn(u64, u64) + Send + Sync);

/// Rehearses a run of `name`, keeping what it writes in `scratch`, which the caller throws away.
///
/// # Errors
/// Whatever would fail the run: the first page that cannot be read ends the preview.
pub async fn preview(
    engine: &Engine,
    scratch: Arc<dyn Objects>,
    name: &ConnectionName,
    request: &PreviewRequest,
    watch: Watcher<'_>,
) -> Result<Preview, Failure> {
    let work = Arc::new(Messages::default());
    let checks = Arc::new(Messages::default());
    let first_answers = FirstAnswers::default();
    let rehearsed = Rehearsed {
        connectors: Arc::clone(&engine.connectors),
        first_answers: Arc::clone(&first_answers),
        pages: request.pages,
        followed: Arc::default(),
    };
    let rehearsal = Engine {
        objects: Arc::new(Overlay { above: scratch, below: Arc::clone(&engine.objects) }),
        queues: Queues {
            work: Arc::<Messages>::clone(&work),
            finalize: Arc::<Messages>::clone(&checks),
            deliver: Arc::new(Messages::default()),
        },
        connectors: Arc::new(rehearsed),
        ..engine.clone()
    };
    if let Some(registered) = &request.instead {
        replace_definition(&rehearsal, name, registered).await?;
    }
    let began = engine.clock.now();
    let run = RunId::derive(name, began, &engine.ids.unique());
    let manifest = match request.pages {
        Some(pages) => bounded(&rehearsal, name, &run, (&work, pages.max(1)), watch).await?,
        None => whole(&rehearsal, name, &run, (&work, &checks), watch).await?,
    };
    let samples = sample::take(&rehearsal, &manifest, &first_answers, request.records)?;
    let took = Duration::try_from(engine.clock.now().duration_since(began)).unwrap_or_default();
    gather(&rehearsal, manifest, samples, took).await
}

async fn replace_definition(
    engine: &Engine,
    name: &ConnectionName,
    registered: &Registered,
) -> Result<(), Failure> {
    let key = ConnectionKeys(name).definition();
    let objects = engine.objects.as_ref();
    let known = store::read_versioned::<Registered>(objects, &key).await?;
    let condition = known.map_or(PutCondition::IfAbsent, |(_, etag)| PutCondition::IfMatch(etag));
    store::write(objects, &key, registered, condition).await.map(drop)
}

/// The first pages of each stream, judged by the part of the ledger that they touch.
async fn bounded(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    (work, pages): (&Messages, u32),
    watch: Watcher<'_>,
) -> Result<Manifest, Failure> {
    let connection = load(engine, name).await?;
    // A rehearsal has no deadline; that of the connection's last run may be over.
    let manifest = Manifest { deadline: jiff::Timestamp::MAX, ..open(engine, &connection, run).await? };
    let objects = engine.objects.as_ref();
    store::create(objects, &RunKeys::new(name, run).manifest(), &manifest).await?;
    let first = manifest.streams.iter().flat_map(|plan| plan.windows().take(pages as usize));
    let mut first: Vec<Work> = first.map(|(page, window)| Work::Page { page, window }).collect();
    for plan in &manifest.streams {
        let staged = StagedPages::list(engine, RunKeys::new(name, run)).await?;
        // The first chain alone: how far it is followed, the rehearsed source decides.
        first.extend(chain::open(&staged, &manifest, plan).await?.into_iter().take(1).map(chain::Open::work));
    }
    let attempt = Attempt::first(manifest);
    attempt.send(engine.queues.work.as_ref(), first).await?;
    let mut manifest = attempt.manifest;
    work_off(engine, work, watch).await?;
    let read = StagedPages::read(engine, RunKeys::new(name, run)).await?;
    narrow_ledger(engine, &mut manifest, &read).await?;
    let blocked = Blocked::load(engine, &read).await?;
    let coverage = Coverage { complete: false, scope_blocked: blocked.without_key > 0 };
    let policy = policy(engine, &manifest, coverage)?;
    let plan = plan::make(engine, &manifest, &policy, &read, &blocked, Absences::none()).await?;
    plan::put(engine, &manifest, &plan).await?;
    Ok(manifest)
}

/// Leaves of the ledger what lies between the keys of `pages`: the rest was not looked at.
async fn narrow_ledger(
    engine: &Engine,
    manifest: &mut Manifest,
    pages: &[PageSummary],
) -> Result<(), Failure> {
    let Some(ledger) = &mut manifest.ledger else { return Ok(()) };
    let objects = engine.objects.as_ref();
    let mut index: LedgerIndex = store::require(objects, &ledger.index).await?;
    let asset_only = |key: &FindingKey| FindingKey { asset: key.asset.clone(), finding: String::new() };
    let touched = |first: &FindingKey, last: &FindingKey| {
        let ranges = pages.iter().filter_map(|page| page.key_range.as_ref());
        ranges.into_iter().any(|(from, to)| asset_only(from) <= *last && first.asset <= to.asset)
    };
    index.segments.retain(|segment| touched(&segment.first, &segment.last));
    ledger.index = ConnectionKeys(&manifest.connection).ledger_index(manifest.generation, "preview");
    store::create(objects, &ledger.index, &index).await.map(drop)
}

/// A run up to its plan.
async fn whole(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    (work, checks): (&Messages, &Messages),
    watch: Watcher<'_>,
) -> Result<Manifest, Failure> {
    let connection = load(engine, name).await?;
    let claimed = claim(engine, &connection, run, None).await?;
    let lost = || Failure::new(FailureKind::Conflict, format!("connection {name}"), "it changed meanwhile");
    go_on(engine, claimed.ok_or_else(lost)?, false).await?;
    let keys = RunKeys::new(name, run);
    let objects = engine.objects.as_ref();
    let manifest: Manifest = store::require(objects, &keys.manifest()).await?;
    loop {
        work_off(engine, work, watch).await?;
        for (check, _) in checks.take() {
            if let Settlement::RetryIn(pause) = finalize(engine, &check).await {
                checks.again(check, pause);
            }
        }
        if store::read::<Plan>(objects, &keys.plan()).await?.is_some() {
            return Ok(manifest);
        }
        if let Some(outcome) = store::read::<RunOutcome>(objects, &keys.attempt(0).outcome()).await? {
            let decided = || Failure::new(FailureKind::NotFound, format!("run {run}"), "it made no plan");
            return Err(outcome.failure.unwrap_or_else(decided));
        }
        engine.clock.sleep(engine.pacing.first_check).await;
    }
}

/// Fetches what the queue holds, several pages at once, until it is empty.
async fn work_off(engine: &Engine, work: &Messages, watch: Watcher<'_>) -> Result<(), Failure> {
    let (mut done, mut all) = (0, 0);
    loop {
        let messages = work.take();
        let Some((first, _)) = messages.first() else { return Ok(()) };
        let connection = Message::parse(&first.body)?.connection;
        let settings = load(engine, &connection).await?.registered.definition.run;
        all = (done + messages.len() as u64).max(all);
        watch(done, all);
        let mut fetched = futures::stream::iter(messages)
            .map(|(received, delay)| fetch_later(engine, work, received, delay))
            .buffer_unordered(settings.fetch_concurrency.max(1) as usize);
        while let Some(settled) = fetched.try_next().await? {
            done += u64::from(settled);
            watch(done, all);
        }
    }
}

/// Whether the message is settled; if not, it is in the queue again.
async fn fetch_later(
    engine: &Engine,
    work: &Messages,
    received: Received,
    delay: Duration,
) -> Result<bool, Failure> {
    if !delay.is_zero() {
        engine.clock.sleep(delay).await;
    }
    match fetch(engine, &received).await {
        Settlement::Done => Ok(true),
        Settlement::RetryIn(pause) => {
            work.again(received, pause);
            Ok(false)
        }
        Settlement::DeadLetter(reason) => Err(given_up(engine, &received, &reason).await),
    }
}

/// The failure for which work was given up.
async fn given_up(engine: &Engine, received: &Received, reason: &str) -> Failure {
    let unknown = Failure::new(FailureKind::MessageInvalid, "preview", reason);
    let Ok(message) = Message::parse(&received.body) else { return unknown };
    let Some(work) = message.work.name() else { return unknown };
    let key = message.keys().dead_letter(work);
    let letter = store::require::<causeway_domain::page::DeadLetter>(engine.objects.as_ref(), &key).await;
    letter.map_or(unknown, |letter| letter.failure)
}

async fn gather(
    engine: &Engine,
    manifest: Manifest,
    samples: Vec<Sample>,
    took: Duration,
) -> Result<Preview, Failure> {
    let (name, run) = (&manifest.connection, &manifest.run);
    let keys = RunKeys::new(name, run);
    let objects = engine.objects.as_ref();
    let pages = StagedPages::read(engine, keys).await?;
    let counts: Vec<Count> = counts(engine, keys).await?.into_iter().map(|(_, _, count)| count).collect();
    let mut traffic = manifest.traffic;
    pages.iter().for_each(|page| traffic += page.traffic);
    counts.iter().for_each(|count| traffic += count.traffic);
    Ok(Preview {
        samples,
        rejects: rejects(engine, name, run).await?,
        plan: store::require(objects, &keys.plan()).await?,
        verdicts: verdicts(engine, name, run).await?,
        coverage: store::read(objects, &keys.coverage()).await?.unwrap_or_default(),
        traffic,
        took,
        pages,
        counts,
        manifest,
    })
}
