//! Start: one run per scheduled time or token, however often it is fired.

use crate::connections::registry::{Connection, changed_meanwhile, load};
use crate::protocol::attempt::{Attempt, outgoing};
use crate::protocol::replayed::ReplayRequest;
use crate::protocol::{chain, commit, replayed as replay};
use crate::run_objects::StagedPages;
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::connection::ReplayOrder;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{AttemptKeys, ConnectionKeys, RunKeys};
use causeway_domain::message::Work;
use causeway_domain::page::Traffic;
use causeway_domain::reading::Reading;
use causeway_domain::run::{Fingerprint, RunOutcome, StreamPlan};
use causeway_domain::{
    ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind, Generation, Manifest, RunId,
};
use causeway_mutants::Mutant;
use causeway_ports::source::Opened;
use causeway_ports::{PutCondition, PutOutcome};
use jiff::{SignedDuration, Timestamp};

/// Why a run is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// The scheduled time, or the time of the call.
    pub at: Timestamp,
    /// Tells apart requests for the same time; the same pair is the same run.
    pub token: String,
}

/// A run that was started, or found to be running already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// Its number.
    pub generation: Generation,
    /// Whether this call found it in progress.
    pub resumed: bool,
}

/// Attempts to take over before another's change is reported.
const CLAIMS: u32 = 5;

/// More pages of one stream are no plan but a wrong count: a billion rows of the usual page size.
const MOST_PAGES: u32 = 1_000_000;

/// Starts a run. Calling it again with the same request, at whatever line the first call was cut short, continues it.
///
/// # Errors
/// `RunInProgress` when another run of the connection is live; whatever the vendor answers when it is asked for
/// counts, in which case the run has ended as failed.
#[async_recursion]
pub async fn start(
    engine: &Engine,
    name: &ConnectionName,
    request: &StartRequest,
) -> Result<Started, Failure> {
    Box::pin(begin(engine, name, request, None)).await
}

/// Starts a run, or with `replayed` a replay.
pub(crate) async fn begin(
    engine: &Engine,
    name: &ConnectionName,
    request: &StartRequest,
    replayed: Option<&ReplayRequest>,
) -> Result<Started, Failure> {
    let run = RunId::derive(name, request.at, &request.token);
    for _ in 0..CLAIMS {
        // Whatever changes after this makes the claim fail, and everything is looked at anew.
        let connection = load(engine, name).await?;
        let record = &connection.record;
        if record.current_run.as_ref() == Some(&run) {
            return go_on(engine, connection, true).await;
        }
        if let Some(live) = connection.live_run(engine).filter(|_| !Mutant::TakesOverFromALiveRun.on())
            && !current_is_decided(engine, &connection).await?
        {
            return Err(live);
        }
        if is_decided(engine, RunKeys::new(name, &run).attempt(0)).await?
            && !Mutant::StartsADecidedRunAgain.on()
        {
            // An old request fired once more, after newer runs (I-5).
            return Ok(Started { run, generation: record.generation, resumed: true });
        }
        record_intervention(engine, &connection).await?;
        if record.state == ConnectionState::Processing && !Mutant::LeavesTheDeadUndecided.on() {
            finish_last(engine, &connection).await?;
            continue;
        }
        let order = match replayed {
            Some(request) => Some(replay::order(engine, &connection, request).await?),
            None => None,
        };
        if let Some(claimed) = claim(engine, &connection, &run, order).await? {
            return go_on(engine, claimed, false).await;
        }
    }
    Err(changed_meanwhile(name))
}

/// Goes on with the connection's undecided run, if it has one: after a crash its messages may be missing.
///
/// # Errors
/// As [`start`].
#[async_recursion]
pub async fn resume(engine: &Engine, name: &ConnectionName) -> Result<Option<Started>, Failure> {
    let connection = load(engine, name).await?;
    // One past its deadline too: it goes on to the check that ends it (I-11).
    if connection.record.state != ConnectionState::Processing {
        return Ok(None);
    }
    go_on(engine, connection, true).await.map(Some)
}

/// Makes the connection's undecided run send all its messages again, for a queue that was lost. Work that is done is
/// found and not done twice.
///
/// # Errors
/// `NotFound`, and those of the object store.
#[async_recursion]
pub async fn requeue(engine: &Engine, name: &ConnectionName) -> Result<(), Failure> {
    let record = load(engine, name).await?.record;
    let Some(run) = record.current_run.filter(|_| record.state == ConnectionState::Processing) else {
        return Ok(());
    };
    let objects = engine.objects.as_ref();
    let keys = RunKeys::new(name, &run);
    let listed = objects.list(&keys.prefix()).await?;
    let marks = |key: &&String| keys.object(key).is_some_and(|object| object.marks_queued());
    for marker in listed.iter().filter(marks) {
        objects.delete(marker).await?;
    }
    Ok(())
}

pub(crate) async fn is_decided(engine: &Engine, keys: AttemptKeys<'_>) -> Result<bool, Failure> {
    Ok(store::read::<RunOutcome>(engine.objects.as_ref(), &keys.outcome()).await?.is_some())
}

async fn current_is_decided(engine: &Engine, connection: &Connection) -> Result<bool, Failure> {
    match connection.current() {
        Some(keys) => is_decided(engine, keys).await,
        None => Ok(false),
    }
}

/// Writes what a person did to the newest run into its folder. The state alone decides that it was done, so whoever acts
/// on the state, or replaces it, does this first.
pub(crate) async fn record_intervention(engine: &Engine, connection: &Connection) -> Result<(), Failure> {
    if let (Some(keys), Some(intervention)) = (connection.current(), &connection.record.intervention) {
        let key = keys.run.intervention(intervention.number);
        store::create(engine.objects.as_ref(), &key, intervention).await?;
    }
    Ok(())
}

/// Before a newer run takes over, a decided one has its ledger put in force, and one that is dead, past its deadline
/// and undecided, ends as failed.
async fn finish_last(engine: &Engine, connection: &Connection) -> Result<(), Failure> {
    match connection.current() {
        Some(keys) => commit::close(engine, keys).await,
        None => Ok(()),
    }
}

/// Moves the connection to `Processing` with one compare-and-swap; `None` when another call was first.
pub(crate) async fn claim(
    engine: &Engine,
    connection: &Connection,
    run: &RunId,
    replay: Option<ReplayOrder>,
) -> Result<Option<Connection>, Failure> {
    let definition = &connection.registered.definition;
    let now = engine.clock.now();
    let most = SignedDuration::from_mins(i64::from(definition.run.deadline_minutes));
    let record = ConnectionRecord {
        state: ConnectionState::Processing,
        generation: Generation(connection.record.generation.0.saturating_add(1)),
        current_run: Some(run.clone()),
        deadline: Some(now.saturating_add(most).unwrap_or(now)),
        ledger: connection.record.ledger.clone(),
        intervention: None,
        replay,
        changed_at: now,
    };
    let key = ConnectionKeys(&definition.name).state();
    let condition = PutCondition::IfMatch(connection.record_etag.clone());
    let registered = connection.registered.clone();
    Ok(match store::write(engine.objects.as_ref(), &key, &record, condition).await? {
        PutOutcome::Conflict => None,
        PutOutcome::Written(record_etag) => Some(Connection { registered, record, record_etag }),
    })
}

/// From a claimed run to its messages. Every step finds out whether it was done before.
#[async_recursion]
pub(crate) async fn go_on(
    engine: &Engine,
    connection: Connection,
    resumed: bool,
) -> Result<Started, Failure> {
    let record = &connection.record;
    let name = &connection.registered.definition.name;
    let (Some(run), generation) = (record.current_run.clone(), record.generation) else {
        return Err(changed_meanwhile(name));
    };
    let started = Started { run: run.clone(), generation, resumed };
    if record.state != ConnectionState::Processing {
        return Ok(started);
    }
    record_intervention(engine, &connection).await?;
    let attempt = RunKeys::new(name, &run).attempt(record.attempt());
    if is_decided(engine, attempt).await? {
        return commit::follow(engine, attempt).await.map(|()| started);
    }
    let (keys, objects) = (attempt.run, engine.objects.as_ref());
    if !store::exists(objects, &keys.manifest()).await? {
        let opened = match &connection.record.replay {
            Some(order) => replay::open(engine, &connection, (&run, order)).await,
            None => open(engine, &connection, &run).await,
        };
        match opened {
            Ok(manifest) => drop(store::create(objects, &keys.manifest(), &manifest).await?),
            // Another call may have opened it meanwhile; then the run is well.
            Err(failure) if !store::exists(objects, &keys.manifest()).await? => {
                commit::fail_unopened(engine, &connection, attempt, &failure).await?;
                return Err(failure);
            }
            Err(_) => {}
        }
    }
    let attempt = match Attempt::load(engine, attempt).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return Err(store::damaged(&keys.manifest(), "the object is gone")),
        // Nobody can go on with this run, but the next one needs nothing of it.
        Err(failure) if failure.kind == FailureKind::StoreDamaged => {
            commit::fail_unopened(engine, &connection, attempt, &failure).await?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    let queued = attempt.keys().pages_queued();
    let planned = store::exists(objects, &keys.plan()).await?;
    if !planned && !store::exists(objects, &queued).await? {
        send_pages(engine, &attempt).await?;
        store::create(objects, &queued, &true).await?;
    }
    let finalize = attempt.message(Work::Finalize { check: 0 });
    engine.queues.finalize.send(&[outgoing(&finalize, engine.pacing.before(0))]).await?;
    Ok(started)
}

/// Asks the vendor for counts and plans the pages.
pub(crate) async fn open(engine: &Engine, connection: &Connection, run: &RunId) -> Result<Manifest, Failure> {
    let registered = &connection.registered;
    let opened = engine.connectors.source(registered)?.open().await?;
    let record = &connection.record;
    let now = engine.clock.now();
    let mut traffic = Traffic::default();
    opened.iter().for_each(|stream| traffic += stream.traffic);
    Ok(Manifest {
        version: 1,
        connection: registered.definition.name.clone(),
        run: run.clone(),
        generation: record.generation,
        started_at: record.changed_at,
        deadline: record.deadline.unwrap_or(now),
        streams: opened.iter().map(plan_stream).collect::<Result<_, _>>()?,
        dropped_fields: opened.iter().flat_map(|stream| stream.dropped_fields.iter().cloned()).collect(),
        fingerprint: fingerprint(registered),
        definition: registered.clone(),
        ledger: record
            .ledger
            .clone()
            .filter(|_| registered.definition.retain_delta || !Mutant::ForgetsTheLedgerWithoutDelta.on()),
        traffic,
        replay: None,
    })
}

/// Pages overlap, so that each proves it continues the one before (see `domain::coverage`). The number of pages is such that
/// the last one is short, which proves the end. Of chains it is only expected.
///
/// # Errors
/// `MalformedAnswer` for a count that no table has: it would queue messages until something is full.
fn plan_stream(opened: &Opened) -> Result<StreamPlan, Failure> {
    let Opened { stream, count, page_size, reading, .. } = opened;
    let plan = StreamPlan {
        stream: *stream,
        count: *count,
        page_size: *page_size,
        pages: 0,
        reading: reading.clone(),
    };
    let rows = count.unwrap_or_default();
    let most = MOST_PAGES as usize;
    let pages = match reading {
        Reading::Chains { .. } => {
            usize::try_from(rows.div_ceil(u64::from((*page_size).max(1)))).unwrap_or(usize::MAX)
        }
        Reading::Windows | Reading::NumberedPages => plan
            .windows_from(0)
            .take(most + 1)
            .take_while(|window| window.offset == 0 || window.offset < rows)
            .count(),
    };
    if pages > most {
        let detail = format!(
            "the vendor counts {rows} rows, which is more than {MOST_PAGES} pages of {page_size}; if that is true, raise `page_size`"
        );
        return Err(Failure::new(FailureKind::MalformedAnswer, format!("count of {stream}"), detail));
    }
    Ok(StreamPlan { pages: u32::try_from(pages).unwrap_or(MOST_PAGES), ..plan })
}

pub(crate) fn fingerprint(registered: &Registered) -> Fingerprint {
    let digest = |value: String| blake3::hash(value.as_bytes()).to_hex().as_str()[..32].to_owned();
    let source = serde_json::to_string(&registered.definition.source).unwrap_or_default();
    let maps = serde_json::to_string(&registered.documents).unwrap_or_default();
    Fingerprint { scope: digest(source), maps: digest(maps) }
}

/// Queues the pages that are not staged; those of a first attempt are all of them.
async fn send_pages(engine: &Engine, attempt: &Attempt) -> Result<(), Failure> {
    let staged = StagedPages::list(engine, attempt.run()).await?;
    let open: Vec<Work> = match &attempt.manifest.replay {
        Some(replay) => {
            let open = replay.pages.iter().filter(|page| !staged.has(**page));
            open.map(|page| Work::Replay { page: *page }).collect()
        }
        None => {
            let pages = attempt.manifest.streams.iter().flat_map(StreamPlan::windows);
            let open = pages.filter(|(page, _)| !staged.has(*page));
            let mut work: Vec<Work> = open.map(|(page, window)| Work::Page { page, window }).collect();
            for plan in &attempt.manifest.streams {
                let open = chain::open(&staged, &attempt.manifest, plan).await?;
                work.extend(open.into_iter().map(chain::Open::work));
            }
            work
        }
    };
    attempt.send(engine.queues.work.as_ref(), open).await
}
