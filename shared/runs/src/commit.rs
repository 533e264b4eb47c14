//! Ending a run: the one compare-and-swap that moves the connection on, then the outcome (I-4, I-5).

use crate::connections::{Connection, changed_meanwhile, load};
use crate::progress::{receipts, staged_pages};
use crate::{Engine, store};
use causeway_domain::connection::LedgerPointer;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::page::Traffic;
use causeway_domain::plan::Plan;
use causeway_domain::run::{DeliveredCounts, RunOutcome};
use causeway_domain::{
    ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind, Manifest, Outcome, RunId,
};
use causeway_ports::{PutCondition, PutOutcome};
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

/// Ends the run: state first, outcome second. Cut short between the two it is called again and does the rest.
pub(crate) async fn end(engine: &Engine, manifest: &Manifest, ending: Ending) -> Result<(), Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let receipts = receipts(engine, keys).await?;
    let ledger = match (&ending.plan, ending.outcome) {
        (Some(plan), Outcome::Complete | Outcome::Partial) => {
            Some(new_ledger(engine, manifest, plan, &receipts).await?)
        }
        _ => None,
    };
    let state = match ending.outcome {
        Outcome::Complete | Outcome::Partial => ConnectionState::Processed,
        Outcome::Failed | Outcome::Held => ConnectionState::Errored,
    };
    swap_state(engine, &manifest.connection, &manifest.run, state, ledger).await?;
    let outcome = describe(engine, manifest, ending, &receipts).await?;
    store::create(engine.objects.as_ref(), &keys.outcome(), &outcome).await?;
    Ok(())
}

async fn new_ledger(
    engine: &Engine,
    manifest: &Manifest,
    plan: &Plan,
    receipts: &[Receipt],
) -> Result<LedgerPointer, Failure> {
    let refused: BTreeSet<&str> =
        receipts.iter().flat_map(|receipt| &receipt.refused).map(|refusal| refusal.asset.as_str()).collect();
    let mut undelivered = None;
    if !refused.is_empty() {
        let key = RunKeys(&manifest.connection, &manifest.run).undelivered();
        store::create(engine.objects.as_ref(), &key, &refused).await?;
        undelivered = Some(key);
    }
    let (generation, run, index) = (manifest.generation, manifest.run.clone(), plan.ledger_index.clone());
    Ok(LedgerPointer { generation, run, index, undelivered })
}

/// Moves the connection from `run` being processed to `state`. Done before, it does nothing.
async fn swap_state(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    state: ConnectionState,
    ledger: Option<LedgerPointer>,
) -> Result<(), Failure> {
    let key = ConnectionKeys(name).state();
    for _ in 0..SWAPS {
        let connection = load(engine, name).await?;
        let record = connection.record;
        if record.current_run.as_ref() != Some(run) {
            let detail = "a newer run of this connection has taken over";
            return Err(Failure::new(FailureKind::Superseded, format!("run {run}"), detail));
        }
        if record.state != ConnectionState::Processing {
            return Ok(());
        }
        let ledger = ledger.clone().or_else(|| record.ledger.clone());
        let next =
            ConnectionRecord { state, ledger, deadline: None, changed_at: engine.clock.now(), ..record };
        let condition = PutCondition::IfMatch(connection.record_etag);
        if let PutOutcome::Written(_) = store::write(engine.objects.as_ref(), &key, &next, condition).await? {
            return Ok(());
        }
    }
    Err(changed_meanwhile(name))
}

async fn describe(
    engine: &Engine,
    manifest: &Manifest,
    ending: Ending,
    receipts: &[Receipt],
) -> Result<RunOutcome, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let mut source_traffic = manifest.traffic;
    for plan in &manifest.streams {
        let pages = staged_pages(engine, keys, plan.stream).await?;
        pages.iter().for_each(|page| source_traffic += page.traffic);
    }
    let mut destination_traffic = Traffic::default();
    let mut delivered = DeliveredCounts::default();
    for receipt in receipts {
        destination_traffic += receipt.traffic;
        delivered.deliveries += 1;
        delivered.assets += receipt.accepted;
        delivered.findings += receipt.findings;
        delivered.refused_assets += receipt.refused.len() as u64;
    }
    let Ending { outcome, reasons, failure, plan, coverage } = ending;
    let (assets, findings) = plan.map(|plan| (plan.assets, plan.findings)).unwrap_or_default();
    Ok(RunOutcome {
        outcome,
        reasons,
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

/// Ends a run that failed before it had a manifest.
pub(crate) async fn fail_unopened(
    engine: &Engine,
    connection: &Connection,
    run: &RunId,
    failure: &Failure,
) -> Result<(), Failure> {
    let name = &connection.registered.definition.name;
    swap_state(engine, name, run, ConnectionState::Errored, None).await?;
    let started_at = connection.record.changed_at;
    write_bare(engine, name, run, started_at, failure.clone()).await
}

/// Ends a dead run that a newer one is about to overtake.
pub(crate) async fn close_superseded(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<(), Failure> {
    let failure =
        Failure::new(FailureKind::DeadlinePassed, format!("run {run}"), "undecided past its deadline");
    let manifest: Option<Manifest> =
        store::read(engine.objects.as_ref(), &RunKeys(name, run).manifest()).await?;
    let started_at = manifest.map_or_else(|| engine.clock.now(), |manifest| manifest.started_at);
    write_bare(engine, name, run, started_at, failure).await
}

async fn write_bare(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    started_at: jiff::Timestamp,
    failure: Failure,
) -> Result<(), Failure> {
    let outcome = RunOutcome {
        outcome: Outcome::Failed,
        reasons: vec![failure.to_string()],
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
    store::create(engine.objects.as_ref(), &RunKeys(name, run).outcome(), &outcome).await?;
    Ok(())
}
