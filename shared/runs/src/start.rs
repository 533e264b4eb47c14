//! Start: one run per scheduled time or token, however often it is fired.

use crate::connections::{Connection, changed_meanwhile, load};
use crate::{Engine, commit, store};
use causeway_domain::definition::Registered;
use causeway_domain::layout::{ConnectionKeys, QUEUED, RunKeys};
use causeway_domain::message::{Message, VERSION, Work};
use causeway_domain::page::{PageId, Series, Traffic, Window};
use causeway_domain::run::{Fingerprint, RunOutcome, StreamPlan};
use causeway_domain::{
    ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind, Generation, Manifest, RunId,
};
use causeway_ports::source::Opened;
use causeway_ports::{Outgoing, PutCondition, PutOutcome};
use causeway_reconcile::mutant;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

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

/// Messages sent with one call.
const SEND_BATCH: usize = 500;

/// Starts a run. Calling it again with the same request, at whatever line the first call was cut short, continues it.
///
/// # Errors
/// `RunInProgress` when another run of the connection is live; whatever the vendor answers when it is asked for
/// counts, in which case the run has ended as failed.
pub async fn start(
    engine: &Engine,
    name: &ConnectionName,
    request: &StartRequest,
) -> Result<Started, Failure> {
    let new = mutant::on("takes-each-call-for-a-new-run");
    let run = RunId::derive(name, if new { engine.clock.now() } else { request.at }, &request.token);
    for _ in 0..CLAIMS {
        // Whatever changes after this makes the claim fail, and everything is looked at anew.
        let connection = load(engine, name).await?;
        let record = &connection.record;
        if record.current_run.as_ref() == Some(&run) {
            return go_on(engine, connection, true).await;
        }
        if let Some(live) = connection.live_run(engine).filter(|_| !mutant::on("takes-over-from-a-live-run"))
            && !current_is_decided(engine, &connection).await?
        {
            return Err(live);
        }
        if is_decided(engine, name, &run).await? && !mutant::on("starts-a-decided-run-again") {
            // An old request fired once more, after newer runs (I-5).
            return Ok(Started { run, generation: record.generation, resumed: true });
        }
        if record.state == ConnectionState::Processing && !mutant::on("leaves-the-dead-undecided") {
            finish_last(engine, &connection).await?;
        } else if let Some(claimed) = claim(engine, &connection, &run).await? {
            return go_on(engine, claimed, false).await;
        }
    }
    Err(changed_meanwhile(name))
}

/// Goes on with the connection's undecided run, if it has one: after a crash its messages may be missing.
///
/// # Errors
/// As [`start`].
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
pub async fn requeue(engine: &Engine, name: &ConnectionName) -> Result<(), Failure> {
    let record = load(engine, name).await?.record;
    let Some(run) = record.current_run.filter(|_| record.state == ConnectionState::Processing) else {
        return Ok(());
    };
    let objects = engine.objects.as_ref();
    let listed = objects.list(&RunKeys(name, &run).prefix()).await?;
    for marker in listed.iter().filter(|key| key.ends_with(QUEUED)) {
        objects.delete(marker).await?;
    }
    Ok(())
}

async fn is_decided(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<bool, Failure> {
    let outcome = RunKeys(name, run).outcome();
    Ok(store::read::<RunOutcome>(engine.objects.as_ref(), &outcome).await?.is_some())
}

async fn current_is_decided(engine: &Engine, connection: &Connection) -> Result<bool, Failure> {
    match &connection.record.current_run {
        Some(run) => is_decided(engine, &connection.registered.definition.name, run).await,
        None => Ok(false),
    }
}

/// Before a newer run takes over, a decided one has its ledger put in force, and one that is dead, past its deadline
/// and undecided, ends as failed.
async fn finish_last(engine: &Engine, connection: &Connection) -> Result<(), Failure> {
    match &connection.record.current_run {
        Some(run) => commit::close(engine, &connection.registered.definition.name, run).await,
        None => Ok(()),
    }
}

/// Moves the connection to `Processing` with one compare-and-swap; `None` when another call was first.
pub(crate) async fn claim(
    engine: &Engine,
    connection: &Connection,
    run: &RunId,
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
        changed_at: now,
    };
    let key = ConnectionKeys(&definition.name).state();
    let newest = if mutant::on("claims-with-a-plain-put") {
        load(engine, &definition.name).await?.record_etag
    } else {
        connection.record_etag.clone()
    };
    let condition = PutCondition::IfMatch(newest);
    let registered = connection.registered.clone();
    Ok(match store::write(engine.objects.as_ref(), &key, &record, condition).await? {
        PutOutcome::Conflict => None,
        PutOutcome::Written(record_etag) => Some(Connection { registered, record, record_etag }),
    })
}

/// From a claimed run to its messages. Every step finds out whether it was done before.
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
    if is_decided(engine, name, &run).await? {
        return commit::follow(engine, name, &run).await.map(|()| started);
    }
    let keys = RunKeys(name, &run);
    let objects = engine.objects.as_ref();
    let manifest = match store::read::<Manifest>(objects, &keys.manifest()).await {
        Ok(Some(manifest)) => manifest,
        // Nobody can go on with this run, but the next one needs nothing of it.
        Err(failure) if failure.kind == FailureKind::StoreDamaged => {
            commit::fail_unopened(engine, &connection, &run, &failure).await?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
        Ok(None) => match open(engine, &connection, &run).await {
            Ok(manifest) if store::create(objects, &keys.manifest(), &manifest).await? => manifest,
            Ok(_) => store::require(objects, &keys.manifest()).await?,
            // Another call may have opened it meanwhile; then the run is well.
            Err(failure) if store::read::<Manifest>(objects, &keys.manifest()).await?.is_none() => {
                commit::fail_unopened(engine, &connection, &run, &failure).await?;
                return Err(failure);
            }
            Err(_) => store::require(objects, &keys.manifest()).await?,
        },
    };
    let queued = keys.pages_queued();
    if !store::exists(objects, &queued).await? {
        send_pages(engine, &manifest).await?;
        store::create(objects, &queued, &true).await?;
    }
    let finalize = message(&manifest, Work::Finalize { check: 0 });
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
        ledger: record.ledger.clone().filter(|_| {
            registered.definition.retain_delta || !mutant::on("forgets-the-ledger-without-delta")
        }),
        traffic,
    })
}

/// Pages overlap by one row, so that each proves it continues the one before (see `domain::coverage`). The number of
/// pages is such that the last one is short, which proves the end.
///
/// # Errors
/// `UnexpectedAnswer` for a count that no table has: it would queue messages until something is full.
fn plan_stream(opened: &Opened) -> Result<StreamPlan, Failure> {
    let stride = u64::from(opened.page_size.max(2) - 1);
    let pages = u32::try_from(opened.count.div_ceil(stride).max(1)).ok().filter(|pages| *pages <= MOST_PAGES);
    let &Opened { stream, count, page_size, .. } = opened;
    pages.map(|pages| StreamPlan { stream, count, page_size, pages }).ok_or_else(|| {
        let detail = format!("the vendor counts {count} rows, which is more than {MOST_PAGES} pages");
        Failure::new(FailureKind::UnexpectedAnswer, format!("count of {stream}"), detail)
    })
}

fn fingerprint(registered: &Registered) -> Fingerprint {
    let digest = |value: String| blake3::hash(value.as_bytes()).to_hex().as_str()[..32].to_owned();
    let source = serde_json::to_string(&registered.definition.source).unwrap_or_default();
    let maps = serde_json::to_string(&registered.documents).unwrap_or_default();
    Fingerprint { scope: digest(source), maps: digest(maps) }
}

async fn send_pages(engine: &Engine, manifest: &Manifest) -> Result<(), Failure> {
    let mut batch = Vec::with_capacity(SEND_BATCH);
    for page in manifest.streams.iter().flat_map(|plan| pages_of(manifest, plan)) {
        batch.push(outgoing(&page, Duration::ZERO));
        if batch.len() == SEND_BATCH {
            engine.queues.work.send(&batch).await?;
            batch.clear();
        }
    }
    engine.queues.work.send(&batch).await
}

/// The messages of a stream's pages.
pub(crate) fn pages_of(manifest: &Manifest, plan: &StreamPlan) -> impl Iterator<Item = Message> {
    (0..plan.pages).map(|number| {
        let page = PageId { stream: plan.stream, series: Series::Main, number };
        let offset = u64::from(number) * u64::from(plan.page_size.max(2) - 1);
        message(manifest, Work::Page { page, window: Window { offset, limit: plan.page_size } })
    })
}

pub(crate) fn message(manifest: &Manifest, work: Work) -> Message {
    Message {
        version: VERSION,
        connection: manifest.connection.clone(),
        run: manifest.run.clone(),
        generation: manifest.generation,
        work,
    }
}

pub(crate) fn outgoing(message: &Message, delay: Duration) -> Outgoing {
    Outgoing { body: message.to_body(), delay }
}
