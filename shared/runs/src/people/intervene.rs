//! What a person may do to a run that is decided: approve or discard its held plan, redrive what was given up
//! (`docs/adr/0007`). One compare-and-swap of the connection's state is the whole act, so approvals, discards, redrives
//! and starts exclude each other; everything after it is repeated until it is done.

use crate::connections::registry::{Connection, changed_meanwhile, load};
use crate::protocol::start::{Started, go_on, record_intervention};
use crate::run_objects::receipts;
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::run::RunOutcome;
use causeway_domain::{
    ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind, Intervention, InterventionKind,
    Outcome, RunId,
};
use causeway_ports::{PutCondition, PutOutcome};
use jiff::SignedDuration;

/// Who intervenes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name, as it is recorded.
    pub by: String,
    /// In the person's words; may be empty.
    pub note: String,
}

/// Looks before another's change is reported.
const LOOKS: u32 = 5;

/// Letters of a plan's id.
const PLAN_ID: usize = 8;

/// Approves the held plan of `run`, exactly the one called `plan` if that is given, and lets the run go on. Approving
/// twice is approving once.
///
/// # Errors
/// `Superseded` when a newer run has started; `NotPossible` when the run is not held, its plan was discarded, or it has
/// another plan.
#[async_recursion]
pub async fn approve(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    person: &Person,
    plan: Option<&str>,
) -> Result<Started, Failure> {
    if let Some(wanted) = plan {
        let id = plan_id(engine, name, run).await?.unwrap_or_default();
        if wanted.len() < 4 || !id.starts_with(wanted) {
            return Err(impossible(run, format!("its plan is {id:?}, not {wanted:?}: look at it again")));
        }
    }
    intervene(engine, (name, run), person, InterventionKind::Approve).await
}

/// Tries again what `run` gave up: pages that are not staged, batches without a receipt, assets that were refused.
///
/// # Errors
/// `Superseded` when a newer run has started; `NotPossible` when nothing of it can be tried again.
#[async_recursion]
pub async fn redrive(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    person: &Person,
) -> Result<Started, Failure> {
    intervene(engine, (name, run), person, InterventionKind::Redrive).await
}

/// Turns the held plan of `run` down; returns who did so first.
///
/// # Errors
/// As [`approve`].
#[async_recursion]
pub async fn discard(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    person: &Person,
) -> Result<Intervention, Failure> {
    intervene(engine, (name, run), person, InterventionKind::Discard).await?;
    let discarded = load(engine, name).await?.record.intervention.filter(|last| !last.reopens());
    discarded.ok_or_else(|| changed_meanwhile(name))
}

/// The short name of a run's plan, by its content; `None` when it has none.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn plan_id(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<Option<String>, Failure> {
    let plan = engine.objects.get(&RunKeys::new(name, run).plan()).await?;
    Ok(plan.map(|plan| blake3::hash(&plan.body).to_hex().as_str().chars().take(PLAN_ID).collect()))
}

/// What a run allows.
enum Decision {
    /// It can be done.
    Open,
    /// It is done already, or under way.
    Done,
}

async fn intervene(
    engine: &Engine,
    (name, run): (&ConnectionName, &RunId),
    person: &Person,
    kind: InterventionKind,
) -> Result<Started, Failure> {
    for _ in 0..LOOKS {
        // Whatever changes after this makes the swap fail, and everything is looked at anew.
        let connection = load(engine, name).await?;
        match judge(engine, &connection, run, kind).await? {
            Decision::Done => {
                record_intervention(engine, &connection).await?;
                return go_on(engine, connection, true).await;
            }
            Decision::Open => {
                record_intervention(engine, &connection).await?;
                if let Some(changed) = swap(engine, connection, person, kind).await? {
                    record_intervention(engine, &changed).await?;
                    return go_on(engine, changed, false).await;
                }
            }
        }
    }
    Err(changed_meanwhile(name))
}

/// Whether `kind` can be done to `run` as things are.
async fn judge(
    engine: &Engine,
    connection: &Connection,
    run: &RunId,
    kind: InterventionKind,
) -> Result<Decision, Failure> {
    let Connection { record, registered, .. } = connection;
    let keys = RunKeys::new(&registered.definition.name, run);
    let objects = engine.objects.as_ref();
    if record.current_run.as_ref() != Some(run) {
        // Without a run of that name there is nothing that could have been overtaken.
        if engine.objects.list(&keys.prefix()).await?.is_empty() {
            return Err(Failure::new(FailureKind::NotFound, format!("run {run}"), "there is no such run"));
        }
        let newer = record.current_run.as_ref().map(ToString::to_string).unwrap_or_default();
        let detail = format!("the newer run {newer} has replaced it; only the newest run can be resumed");
        return Err(Failure::new(FailureKind::Superseded, format!("run {run}"), detail));
    }
    if let Some(last) = &record.intervention {
        if last.kind == kind && (record.state == ConnectionState::Processing || !last.reopens()) {
            return Ok(Decision::Done);
        }
        if last.kind == InterventionKind::Discard {
            return Err(impossible(
                run,
                format!("its plan was {}; run again for a new plan", in_words(last)),
            ));
        }
    }
    if record.state == ConnectionState::Processing {
        return Err(Failure::new(FailureKind::RunInProgress, format!("run {run}"), "it is in progress"));
    }
    let outcome: RunOutcome = store::require(objects, &keys.attempt(record.attempt()).outcome()).await?;
    let held = outcome.outcome == Outcome::Held;
    match (kind, outcome.outcome) {
        (InterventionKind::Approve | InterventionKind::Discard, _) if held => Ok(Decision::Open),
        (InterventionKind::Approve | InterventionKind::Discard, ended) => {
            let before = record.intervention.as_ref();
            let done = before.map(|last| format!("was {} and ", in_words(last))).unwrap_or_default();
            Err(impossible(
                run,
                format!("it {done}is {ended}; only a held plan can be approved or discarded"),
            ))
        }
        (InterventionKind::Redrive, Outcome::Failed) if objects.get(&keys.manifest()).await?.is_some() => {
            Ok(Decision::Open)
        }
        (InterventionKind::Redrive, Outcome::Partial) if has_refusals(engine, keys).await? => {
            Ok(Decision::Open)
        }
        (InterventionKind::Redrive, ended) => Err(impossible(run, nothing_to_redrive(ended).to_owned())),
    }
}

fn nothing_to_redrive(ended: Outcome) -> &'static str {
    match ended {
        Outcome::Complete => "it is complete: nothing failed",
        Outcome::Partial => {
            "everything to be sent was delivered; the next run repeats the reads and queries that failed"
        }
        Outcome::Failed => "it failed before it knew what to read; start a new run",
        Outcome::Held => "its plan is held: approve or discard it",
    }
}

async fn has_refusals(engine: &Engine, keys: RunKeys<'_>) -> Result<bool, Failure> {
    Ok(receipts(engine, keys).await?.iter().any(|receipt| !receipt.refused.is_empty()))
}

/// The one write that does it; `None` when somebody else changed the state first.
async fn swap(
    engine: &Engine,
    connection: Connection,
    person: &Person,
    kind: InterventionKind,
) -> Result<Option<Connection>, Failure> {
    let Connection { registered, record, record_etag } = connection;
    let now = engine.clock.now();
    let minutes = i64::from(registered.definition.run.deadline_minutes);
    let reopens = kind != InterventionKind::Discard;
    let deadline = reopens.then(|| now + SignedDuration::from_mins(minutes));
    let number = record.intervention.as_ref().map_or(0, |last| last.number) + 1;
    let Person { by, note } = person.clone();
    let intervention = Intervention { number, kind, by, at: now, note, deadline };
    let state = if reopens { ConnectionState::Processing } else { record.state };
    let intervention = Some(intervention);
    let record = ConnectionRecord { state, deadline, intervention, changed_at: now, ..record };
    let key = ConnectionKeys(&registered.definition.name).state();
    let condition = PutCondition::IfMatch(record_etag);
    Ok(match store::write(engine.objects.as_ref(), &key, &record, condition).await? {
        PutOutcome::Conflict => None,
        PutOutcome::Written(record_etag) => Some(Connection { registered, record, record_etag }),
    })
}

/// `approved by anna on 2026-03-01 06:00:00 UTC: seen with the site`.
fn in_words(intervention: &Intervention) -> String {
    let Intervention { kind, by, at, note, .. } = intervention;
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    format!("{kind} by {by} on {}{note}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
}

fn impossible(run: &RunId, detail: String) -> Failure {
    Failure::new(FailureKind::NotPossible, format!("run {run}"), detail)
}
