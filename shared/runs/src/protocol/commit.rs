//! Ending a run: its outcome is written once and decides, the connection's state follows with one compare-and-swap
//! (I-4, I-5). Cut short between the two, whoever comes next moves the state.

use crate::connections::registry::{Connection, changed_meanwhile, load};
use crate::guarantee::ensure;
use crate::protocol::attempt::Attempt;
use crate::protocol::schema;
use crate::protocol::unreadable_values::unreadable_values;
use crate::run_objects::{StagedPages, counts, receipts, records};
use crate::{Engine, milestone, store};
use async_recursion::async_recursion;
use causeway_domain::connection::LedgerPointer;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::invariant::I5;
use causeway_domain::layout::{AttemptKeys, ConnectionKeys, RunKeys};
use causeway_domain::page::Traffic;
use causeway_domain::plan::Plan;
use causeway_domain::run::{DeliveredCounts, RunOutcome};
use causeway_domain::{
    ConnectionRecord, ConnectionState, Failure, FailureKind, Manifest, Outcome, Retry, stored,
};
use causeway_mutants::Mutant;
use causeway_ports::{PutCondition, PutOutcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Attempts to swap the state before another's change is reported.
const SWAPS: u32 = 5;

/// How a run ends.
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    pub(crate) reasons: Vec<String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) plan: Option<Plan>,
    pub(crate) coverage: Vec<StreamCoverage>,
}

impl Ending {
    /// A run that ends because of `failure`.
    pub(crate) fn failed(failure: Failure) -> Self {
        let reasons = vec![format!("{failure}")];
        Self { outcome: Outcome::Failed, reasons, failure: Some(failure), plan: None, coverage: Vec::new() }
    }
}

/// Ends the run. Whoever writes the outcome first has decided it; a later, different opinion changes nothing.
#[async_recursion]
pub(crate) async fn end(engine: &Engine, attempt: &Attempt, ending: Ending) -> Result<(), Failure> {
    let keys = attempt.keys();
    let RunKeys { connection: name, run } = keys.run;
    if !is_at(&load(engine, name).await?.record, keys) {
        let detail = "a newer run of this connection has taken over";
        return Err(Failure::new(FailureKind::Superseded, format!("run {run}"), detail));
    }
    let outcome = describe(engine, &attempt.manifest, ending).await?;
    decide(engine, keys, &outcome).await?;
    follow(engine, keys).await
}

/// Whether the connection is at this attempt of this run.
fn is_at(record: &ConnectionRecord, keys: AttemptKeys<'_>) -> bool {
    record.current_run.as_ref() == Some(keys.run.run) && record.attempt() == keys.attempt
}

/// Moves the connection on from an attempt, which is decided. Done before, it does nothing.
#[async_recursion]
pub(crate) async fn follow<'a>(engine: &'a Engine, keys: AttemptKeys<'a>) -> Result<(), Failure> {
    let name = keys.run.connection;
    let outcome: RunOutcome = store::require(engine.objects.as_ref(), &keys.outcome()).await?;
    let state = match outcome.outcome {
        Outcome::Complete | Outcome::Partial => ConnectionState::Processed,
        Outcome::Failed | Outcome::Held => ConnectionState::Errored,
    };
    let key = ConnectionKeys(name).state();
    for _ in 0..SWAPS {
        let Connection { record, record_etag, .. } = load(engine, name).await?;
        let overtaken = !is_at(&record, keys) && !Mutant::CommitsWhenSuperseded.on();
        if overtaken || record.state != ConnectionState::Processing {
            return Ok(());
        }
        let before = record.ledger.clone().filter(|_| !Mutant::LosesTheLedgerOfAFailedRun.on());
        let of = |ledger: &Option<LedgerPointer>| ledger.as_ref().map(|ledger| ledger.generation);
        let in_force = of(&before);
        let ledger = ledger_of(engine, keys).await?.or(before);
        ensure(I5, keys.run.run, of(&ledger) >= in_force, || {
            format!("a ledger older than {in_force:?} comes into force")
        });
        let next =
            ConnectionRecord { state, ledger, deadline: None, changed_at: engine.clock.now(), ..record };
        let condition = PutCondition::IfMatch(record_etag);
        if let PutOutcome::Written(_) = store::write(engine.objects.as_ref(), &key, &next, condition).await? {
            return Ok(());
        }
    }
    Err(changed_meanwhile(name))
}

/// The ledger that a decided run puts in force: its plan's, if that was to be carried out. A run that failed while it
/// delivered commits as well, because some of it has arrived; what is not known to have arrived is sent again.
async fn ledger_of(engine: &Engine, keys: AttemptKeys<'_>) -> Result<Option<LedgerPointer>, Failure> {
    let objects = engine.objects.as_ref();
    // Nor can a damaged plan be put in force: the ledger stays as it was.
    let plan = store::unless_damaged(store::read::<Plan>(objects, &keys.run.plan()).await)?;
    let Some(plan) = plan else { return Ok(None) };
    let attempt = store::unless_damaged(Attempt::load(engine, keys).await)?;
    let approved = attempt.is_some_and(|attempt| attempt.approved());
    if !plan.held.is_empty() && !approved && !Mutant::CommitsAHeldPlan.on() {
        return Ok(None);
    }
    let undelivered = match undelivered(engine, keys.run, &plan).await {
        Ok(assets) if assets.is_empty() => None,
        Ok(assets) => {
            store::create(objects, &keys.undelivered(), &assets).await?;
            Some(keys.undelivered())
        }
        // Without the list of what to send again the plan cannot be put in force, and the ledger stays as it was.
        Err(failure) if failure.retry() == Retry::Never => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let (generation, run, index) = (plan.generation, plan.run, plan.ledger_index);
    Ok(Some(LedgerPointer { generation, run, index, undelivered }))
}

/// An asset of a batch, of which nothing but its id is read.
#[derive(Serialize, Deserialize)]
struct Named {
    asset: String,
}

stored!(Named);

/// Assets that were refused or not accepted yet, and those of batches of which nothing is known.
async fn undelivered(engine: &Engine, keys: RunKeys<'_>, plan: &Plan) -> Result<BTreeSet<String>, Failure> {
    let receipts = receipts(engine, keys).await?;
    let refused = receipts.iter().flat_map(|receipt| &receipt.refused).map(|refusal| refusal.asset.clone());
    let again = receipts.iter().flat_map(|receipt| &receipt.again).cloned();
    let mut assets: BTreeSet<String> = refused.chain(again).collect();
    for delivery in &plan.deliveries {
        let received = receipts.iter().any(|receipt| receipt.delivery == delivery.number);
        if !received && !Mutant::TakesNoReceiptForReceived.on() {
            let sent: Vec<Named> = records(engine, &delivery.data).await?;
            assets.extend(sent.into_iter().map(|named| named.asset));
        }
    }
    Ok(assets)
}

async fn describe(engine: &Engine, manifest: &Manifest, ending: Ending) -> Result<RunOutcome, Failure> {
    let keys = RunKeys::new(&manifest.connection, &manifest.run);
    let mut source_traffic = manifest.traffic;
    let read = store::unless_damaged(StagedPages::read(engine, keys).await)?;
    read.iter().for_each(|page| source_traffic += page.traffic);
    let counted = store::unless_damaged(counts(engine, keys).await)?;
    counted.iter().for_each(|(_, _, count)| source_traffic += count.traffic);
    schema::compare(engine, manifest, &read).await?;
    let mut destination_traffic = Traffic::default();
    let receipts = store::unless_damaged(receipts(engine, keys).await)?;
    receipts.iter().for_each(|receipt| destination_traffic += receipt.traffic);
    let delivered = DeliveredCounts::of(&receipts);
    let Ending { outcome, reasons, failure, plan, coverage } = ending;
    let (assets, findings) = plan.map(|plan| (plan.assets, plan.findings)).unwrap_or_default();
    let unreadable = unreadable_values(&read).into_iter().map(|stream| stream.to_string());
    let remarks = coverage.iter().filter_map(rejected).chain(unreadable).collect();
    Ok(RunOutcome {
        outcome,
        reasons,
        remarks,
        failure,
        started_at: manifest.started_at,
        ended_at: engine.clock.now(),
        coverage,
        assets,
        findings,
        delivered,
        source_traffic,
        destination_traffic,
    })
}

/// Records that could not be used do not make a run partial, for what was known of them is kept; but nobody must have to
/// look for them.
fn rejected(stream: &StreamCoverage) -> Option<String> {
    let StreamCoverage { stream, fetched, distinct, rejected, rejected_distinct, .. } = stream;
    (*rejected > 0).then(|| match rejected_distinct {
        Some(rejected) => format!("{stream}: {rejected} of {distinct} rows rejected as unusable"),
        None => format!("{stream}: {rejected} of {fetched} fetched rows rejected as unusable"),
    })
}

/// Ends a run that failed before it had a manifest, or whose manifest is damaged.
pub(crate) async fn fail_unopened(
    engine: &Engine,
    connection: &Connection,
    keys: AttemptKeys<'_>,
    failure: &Failure,
) -> Result<(), Failure> {
    write_bare(engine, keys, connection.record.changed_at, failure.clone()).await?;
    follow(engine, keys).await
}

/// Ends the connection's newest run before another takes over: as failed, if it is not decided yet.
pub(crate) async fn close(engine: &Engine, keys: AttemptKeys<'_>) -> Result<(), Failure> {
    let run = keys.run.run;
    let failure =
        Failure::new(FailureKind::DeadlinePassed, format!("run {run}"), "unfinished past its deadline");
    close_with(engine, keys, failure).await
}

/// Ends the connection's newest run because of `failure`, if it is not decided yet.
pub(crate) async fn close_with(
    engine: &Engine,
    keys: AttemptKeys<'_>,
    failure: Failure,
) -> Result<(), Failure> {
    let manifest = store::read::<Manifest>(engine.objects.as_ref(), &keys.run.manifest()).await;
    let started_at =
        store::unless_damaged(manifest)?.map_or_else(|| engine.clock.now(), |manifest| manifest.started_at);
    write_bare(engine, keys, started_at, failure).await?;
    follow(engine, keys).await
}

async fn write_bare(
    engine: &Engine,
    keys: AttemptKeys<'_>,
    started_at: jiff::Timestamp,
    failure: Failure,
) -> Result<(), Failure> {
    let outcome = RunOutcome {
        outcome: Outcome::Failed,
        reasons: vec![failure.to_string()],
        remarks: Vec::new(),
        failure: Some(failure),
        started_at,
        ended_at: engine.clock.now(),
        coverage: Vec::new(),
        assets: causeway_domain::plan::VerdictCounts::default(),
        findings: causeway_domain::plan::VerdictCounts::default(),
        delivered: DeliveredCounts::default(),
        source_traffic: Traffic::default(),
        destination_traffic: Traffic::default(),
    };
    decide(engine, keys, &outcome).await
}

/// Writes the outcome, unless somebody was first; only whoever writes it tells of it.
async fn decide(engine: &Engine, keys: AttemptKeys<'_>, outcome: &RunOutcome) -> Result<(), Failure> {
    if store::create(engine.objects.as_ref(), &keys.outcome(), outcome).await? {
        milestone::decided(keys.run, outcome);
    }
    Ok(())
}
