//! When faults have stopped: every run has ended, and vendor and destination agree.

use super::outcome;
use crate::connection;
use crate::random::Random;
use crate::sim::Inner;
use crate::vendor::RowId;
use crate::vendor::table::{Row, row_of};
use causeway_claroty_xdome::XdomeSettings;
use causeway_domain::invariant::{I4, I6, I11};
use causeway_domain::{ConnectionState, FindingStatus, Outcome};

/// Faults stop.
pub(crate) fn healed(inner: &mut Inner) {
    inner.oracle.healed_at = Some(inner.now);
}

/// All deadlines have passed and nothing has gone wrong for long.
pub(crate) fn all_decided(inner: &mut Inner) {
    let healed = inner.oracle.healed_at.unwrap_or_default();
    let lost = inner.oracle.queue_lost;
    let undecided = inner.oracle.runs.iter().find(|(_, facts)| {
        let deadline = facts.deadline();
        // A run whose checks were lost with a queue after its last resume waits for the next start.
        let owed =
            (facts.checked.is_some() && !lost) || deadline.is_some_and(|deadline| deadline > healed + 60_000);
        facts.outcome.is_none() && owed
    });
    if let Some((run, _)) = undecided {
        let detail = format!("run {run} is undecided long after its deadline and the last fault");
        inner.broken(I11, detail);
    }
}

/// Nothing is left to do.
pub(crate) fn at_rest(inner: &mut Inner) {
    if let Some((run, _)) = inner.oracle.runs.iter().find(|(_, facts)| facts.outcome.is_none()) {
        let detail = format!("run {run} has no outcome");
        return inner.broken(I11, detail);
    }
    for (run, facts) in &inner.oracle.runs {
        let how = facts.outcome.as_ref().map(|outcome| outcome.outcome);
        let committed = inner.oracle.committed.contains(run);
        let wrong = match how {
            Some(Outcome::Complete | Outcome::Partial) => !committed,
            Some(Outcome::Held) => committed,
            _ => false,
        };
        if wrong {
            let detail = format!("run {run} ended as {how:?}, its ledger is in force: {committed}");
            return inner.broken(I4, detail);
        }
    }
    let state = inner.oracle.record.as_ref().map(|record| record.state);
    if state != Some(ConnectionState::Processed) {
        return inner.broken(I11, format!("the connection is {state:?} after a calm run"));
    }
    let mut newest: Vec<_> = inner.oracle.runs.values().collect();
    newest.sort_by_key(|facts| facts.generation);
    for (last, facts) in [true, false].into_iter().zip(newest.iter().rev()) {
        let Some(outcome) = &facts.outcome else { continue };
        // Where only assets of a site are left, two runs must miss a finding.
        let waits = |reason: &str| !last && reason.contains("could not be confirmed");
        // A device whose own record cannot be used keeps its findings back, however calm it is.
        let kept_back = |reason: &str| reason.contains("withheld with all findings");
        let excused = outcome.reasons.iter().all(|reason| waits(reason) || kept_back(reason));
        if outcome.outcome != Outcome::Complete && !(excused && outcome.outcome == Outcome::Partial) {
            let detail = format!("a calm run ended as {}: {:?}", outcome.outcome, outcome.reasons);
            return inner.broken(I11, detail);
        }
    }
    agree(inner);
}

/// The destination shows what the vendor has, and nothing is open that the vendor does not have.
fn agree(inner: &mut Inner) {
    let Some(definition) = connection::draw(&mut Random::new(0, "any")).and_then(connection::strict) else {
        return;
    };
    let Ok(settings) = XdomeSettings::of(&definition.source) else { return };
    let settings = &settings;
    let span = (inner.now, inner.now);
    let ids: Vec<RowId> = inner.vendor.history.ids().collect();
    for id in &ids {
        if let Some(missing) = outcome::missing(inner, *id, span, settings) {
            return inner.broken(I6, format!("in the end {missing}"));
        }
    }
    for (asset, shown) in inner.receiver.assets.iter().filter(|(_, shown)| !shown.overtaken) {
        for (finding, shown) in &shown.findings {
            let Some(id) = row_of(asset, finding) else { continue };
            // What was last known as retired lies outside the scope and is kept.
            let retired = inner.vendor.history.ever(id, |row: &Row| row.retired);
            if shown.status == FindingStatus::Open && inner.vendor.row(id).is_none() && !retired {
                let detail = format!("in the end {asset}/{finding} is open, and the vendor does not have it");
                return inner.broken(I6, detail);
            }
        }
    }
    inner.tally.sometimes("converged", 1);
}
