//! The connection's record: who may change it, and how.

use super::{Facts, ledger};
use crate::sim::{Inner, millis};
use causeway_domain::connection::LedgerPointer;
use causeway_domain::invariant::{I4, I5, I8};
use causeway_domain::{ConnectionRecord, ConnectionState, InterventionKind, Outcome, RunId};
use std::collections::BTreeSet;

/// Clocks may differ by so much, in milliseconds.
pub(super) const SKEW: u64 = 5_000;

/// The record was written.
pub(super) fn written(inner: &mut Inner, body: &[u8]) {
    let Ok(next) = serde_json::from_slice::<ConnectionRecord>(body) else {
        return inner.broken(I5, "the connection's record cannot be read");
    };
    let Some(before) = inner.oracle.record.replace(next.clone()) else { return };
    if next.generation < before.generation {
        return inner.broken(I5, format!("generation {} after {}", next.generation, before.generation));
    }
    if next.current_run != before.current_run {
        claimed(inner, &before, &next);
    } else if next.intervention != before.intervention {
        intervened(inner, &before, &next);
    } else if next.state == ConnectionState::Processing && before.state != ConnectionState::Processing {
        inner.broken(I4, "an ended run is processed again");
    }
    if before.state == ConnectionState::Processing && next.state != ConnectionState::Processing {
        ended(inner, &next);
    }
    if next.ledger != before.ledger {
        committed(inner, &before, next.ledger.as_ref());
    }
}

/// A person did something to the newest run: only to a decided one, and only what its outcome allows.
fn intervened(inner: &mut Inner, before: &ConnectionRecord, next: &ConnectionRecord) {
    let (Some(run), Some(done)) = (&next.current_run, &next.intervention) else {
        return inner.broken(I4, "an intervention is forgotten");
    };
    let Some(facts) = inner.oracle.runs.get_mut(run) else {
        return inner.broken(I4, format!("run {run} is {} and was never started", done.kind));
    };
    let how = facts.outcome.as_ref().map(|outcome| outcome.outcome);
    let fits = match done.kind {
        InterventionKind::Approve | InterventionKind::Discard => how == Some(Outcome::Held),
        InterventionKind::Redrive => matches!(how, Some(Outcome::Failed | Outcome::Partial)),
    };
    let last = before.intervention.as_ref();
    let discarded = last.is_some_and(|last| !last.reopens());
    let numbered = done.number == last.map_or(1, |last| last.number + 1);
    let idle = before.state != ConnectionState::Processing;
    let goes_on = (next.state == ConnectionState::Processing) == done.reopens();
    if !(fits && !discarded && numbered && idle && goes_on && next.ledger == before.ledger) {
        return inner.broken(I4, format!("run {run}, ended as {how:?}, is {} as {}", done.kind, done.number));
    }
    let delivering = facts.plan.is_some();
    if done.reopens() {
        facts.attempt = done.number;
        facts.approved |= done.kind == InterventionKind::Approve;
        facts.deadline = next.deadline.map(millis);
        (facts.outcome, facts.checked) = (None, None);
    }
    let what = match done.kind {
        InterventionKind::Approve => "plan approved",
        InterventionKind::Discard => "plan discarded",
        InterventionKind::Redrive if delivering => "run redriven while it delivered",
        InterventionKind::Redrive => "run redriven",
    };
    inner.tally.sometimes(what, 1);
}

/// The state follows the outcome.
fn ended(inner: &mut Inner, next: &ConnectionRecord) {
    let facts = next.current_run.as_ref().and_then(|run| inner.oracle.runs.get(run));
    let outcome = facts.and_then(|facts| facts.outcome.as_ref()).map(|outcome| outcome.outcome);
    let fits = match outcome {
        Some(Outcome::Complete | Outcome::Partial) => next.state == ConnectionState::Processed,
        Some(Outcome::Failed | Outcome::Held) => next.state == ConnectionState::Errored,
        None => false,
    };
    if !fits {
        inner.broken(
            I4,
            format!("the connection becomes {}, and its run's outcome is {outcome:?}", next.state),
        );
    }
}

fn claimed(inner: &mut Inner, before: &ConnectionRecord, next: &ConnectionRecord) {
    let Some(run) = next.current_run.clone() else {
        return inner.broken(I5, "the current run is gone");
    };
    if next.generation.0 != before.generation.0 + 1 {
        inner.broken(I5, format!("generation {} follows {}", next.generation, before.generation));
    }
    if before.state == ConnectionState::Processing {
        let live = before.deadline.is_none_or(|deadline| inner.now + SKEW < millis(deadline));
        if live {
            inner.broken(I5, format!("run {run} takes over from a live one"));
        }
    }
    let (claimed_at, version) = (inner.now, inner.vendor.version);
    let facts = Facts { generation: next.generation.0, claimed_at, version, ..Facts::default() };
    if inner.oracle.runs.insert(run.clone(), facts).is_some() {
        inner.broken(I4, format!("run {run} begins a second time"));
    }
}

/// Another ledger is in force.
fn committed(inner: &mut Inner, before: &ConnectionRecord, pointer: Option<&LedgerPointer>) {
    let Some(pointer) = pointer else { return inner.broken(I5, "the ledger in force is gone") };
    let run = &pointer.run;
    if before.current_run.as_ref() != Some(run) {
        return inner.broken(I5, format!("run {run} commits although it is not the current one"));
    }
    // A later attempt commits the same ledger with what is still undelivered.
    let again =
        before.ledger.as_ref().is_some_and(|ledger| ledger.run == *run && ledger.index == pointer.index);
    if !again && before.ledger.as_ref().is_some_and(|ledger| ledger.generation >= pointer.generation) {
        inner.broken(I5, format!("run {run} puts an older ledger in force"));
    }
    if !inner.oracle.committed.insert(run.clone()) && !again {
        inner.broken(I4, format!("run {run} commits twice"));
    }
    let facts = inner.oracle.runs.get(run);
    let approved = facts.is_some_and(|facts| facts.approved);
    let Some(plan) = facts.and_then(|facts| facts.plan.clone()) else {
        return inner.broken(I4, format!("run {run} commits without a plan"));
    };
    if plan.ledger_index != pointer.index {
        inner.broken(I4, format!("run {run} commits another ledger than its plan's"));
    }
    if !plan.held.is_empty() && !approved {
        inner.broken(I8, format!("run {run} commits a held plan"));
    }
    let undelivered: BTreeSet<String> =
        pointer.undelivered.as_ref().and_then(|key| inner.store.json(key)).unwrap_or_default();
    for delivery in &plan.deliveries {
        // Of a batch that was given up, what an answer accepted need not be sent again.
        let answers = inner.oracle.runs.get(run).and_then(|facts| facts.answers.get(&delivery.number));
        let accepted = |asset: &String| answers.is_some_and(|answers| answers.accepted.contains(asset));
        let sent_again = |asset: &String| undelivered.contains(asset) || accepted(asset);
        let unknown = !received(inner, run, delivery.number);
        let assets = ledger::assets_of(&inner.store, &delivery.data);
        if unknown && !assets.iter().all(sent_again) {
            let number = delivery.number;
            inner.broken(I4, format!("run {run} commits without the receipt of delivery {number}"));
        }
    }
}

/// Whether a delivery has its last receipt of some attempt.
pub(super) fn received(inner: &Inner, run: &RunId, number: u32) -> bool {
    let prefix = format!("runs/plant/{run}/receipts/{number:06}");
    inner.store.keys(&prefix).any(|key| !key.contains("-try-"))
}
