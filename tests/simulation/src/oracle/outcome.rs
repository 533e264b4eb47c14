//! The outcome: a complete run has brought over whatever the vendor held all the time.

use super::Facts;
use super::state::SKEW;
use crate::receiver::Shown;
use crate::sim::{Inner, millis};
use crate::vendor::RowId;
use crate::vendor::table::{Row, asset_id, row_of};
use causeway_claroty_xdome::{DataToSync, XdomeSettings};
use causeway_domain::delivery::Takes;
use causeway_domain::invariant::{I3, I4, I5, I10, I11};
use causeway_domain::run::RunOutcome;
use causeway_domain::{FindingStatus, Outcome, RunId};
use jiff::Timestamp;

/// So long after its deadline a run whose checks were not lost is decided, in milliseconds: several checks may come
/// late, one after the other, or die with their process; where the store is slow again and again, each at its time limit.
const LATEST: u64 = 60 * 60_000;

/// The outcome was written.
pub(super) fn written(inner: &mut Inner, run: &RunId, name: &str, body: &[u8]) {
    let Ok(outcome) = serde_json::from_slice::<RunOutcome>(body) else {
        return inner.broken(I4, "the outcome cannot be read");
    };
    let now = inner.now;
    inner.tally.outcome(outcome.outcome);
    let how = outcome.outcome;
    let dead = outcome.failure.as_ref().is_some_and(|failure| failure.detail.starts_with("unfinished"));
    inner.tally.sometimes("run superseded", u64::from(dead));
    let late = |deadline: Timestamp| now + SKEW >= millis(deadline);
    let record = inner.oracle.record.as_ref().filter(|record| record.current_run.as_ref() == Some(run));
    if dead && !record.is_some_and(|record| record.deadline.is_none_or(late)) {
        inner.broken(I5, format!("run {run} is ended as dead before its deadline"));
    }
    let Some(facts) = inner.oracle.runs.get_mut(run) else {
        return inner.broken(I4, format!("run {run} ends and was never started"));
    };
    let expected = if facts.attempt == 0 { String::new() } else { format!("-{}", facts.attempt) };
    if name != format!("outcome{expected}.json") {
        let attempt = facts.attempt;
        return inner.broken(I4, format!("{name} of run {run}, which is at attempt {attempt}"));
    }
    let deadline = facts.deadline();
    let checked = facts.checked.filter(|_| !inner.oracle.checks_lost);
    (facts.outcome, facts.decided_at) = (Some(outcome), now);
    if deadline.zip(checked).is_some_and(|(deadline, checked)| now > deadline.max(checked) + LATEST) {
        inner.broken(I11, format!("run {run} is decided long after its deadline"));
    }
    if how == Outcome::Complete {
        complete(inner, run);
    }
}

fn complete(inner: &mut Inner, run: &RunId) {
    let Some(facts) = inner.oracle.runs.get(run) else { return };
    let wrong = match &facts.plan {
        _ if !facts.complete() => Some((I3, "its coverage is not")),
        _ if !facts.lost_before_plan.is_empty() => Some((I10, "work was given up")),
        None => Some((I4, "it has no plan")),
        Some(plan) if !plan.held.is_empty() && !facts.approved => Some((I4, "its plan is held")),
        Some(_) => None,
    };
    if let Some((invariant, detail)) = wrong {
        return inner.broken(invariant, format!("run {run} is complete, but {detail}"));
    }
    let Some((span, settings)) = span(inner, facts) else { return };
    inner.tally.sometimes("whole run checked", 1);
    inner.tally.sometimes(inner.vendor.way.name(), 1);
    let ids: Vec<RowId> = inner.vendor.history.ids().collect();
    for id in ids {
        if let Some(missing) = missing(inner, id, span, &settings) {
            return inner.broken(I3, format!("run {run} is complete, but {missing}"));
        }
    }
}

/// The time in which a record must have been held, unless nobody could tell an untrue answer from a moving table.
fn span(inner: &Inner, facts: &Facts) -> Option<((u64, u64), XdomeSettings)> {
    let span = (facts.claimed_at, inner.now);
    let inside = |times: &[u64]| times.iter().any(|at| *at >= span.0);
    let settings = XdomeSettings::of(&facts.manifest.as_ref()?.definition.definition.source).ok()?;
    let untold = inside(&inner.oracle.lied_at) && inside(&inner.vendor.history.changed_at);
    (!untold).then_some((span, settings))
}

/// How the destination lacks a row that was held throughout.
pub(super) fn missing(
    inner: &Inner,
    id: RowId,
    span: (u64, u64),
    settings: &XdomeSettings,
) -> Option<String> {
    let alone = settings.data_to_sync == DataToSync::Assets || inner.setup.takes == Takes::Assets;
    if id.1.is_some() && alone {
        return None;
    }
    let states = inner.vendor.history.throughout(id, span, settings)?;
    let refused = inner.vendor.history.refused(span.0, span.1);
    let asset = asset_id(id.0);
    let same_body = |row: &Row, shown: &str| body(row) == shown || (refused && shown == REFUSED_BODY);
    let Some(shown) = inner.receiver.assets.get(&asset) else {
        // Findings wait for the record of their asset.
        inner.vendor.history.throughout((id.0, None), span, settings)?;
        return Some(format!("the destination has no asset {asset}"));
    };
    if shown.overtaken {
        return None;
    }
    if id.1.is_none() {
        if inner.setup.links && shown.linked.as_ref() != Some(&shown.body) {
            return Some(format!("asset {asset} is {} and linked as {:?}", shown.body, shown.linked));
        }
        let same = states.iter().any(|row| same_body(row, &shown.body));
        return (!same).then(|| format!("asset {asset} is {} at the destination", shown.body));
    }
    // A null or changing list leaves its findings unknown, but the row is there.
    let first = states.first()?;
    if states.iter().any(|row| row.cves == 0 || row.cves != first.cves) {
        let made = shown.findings.keys().any(|finding| row_of(&asset, finding) == Some(id));
        return (!made).then(|| format!("the destination has nothing of {asset} {first:?}"));
    }
    for finding in first.finding_ids() {
        let Some(shown) = shown.findings.get(&finding) else {
            return Some(format!("the destination has no finding {asset}/{finding}"));
        };
        if !states.iter().any(|row| shows(row, shown) && same_body(row, &shown.body)) {
            return Some(format!("{asset}/{finding} is {shown:?} at the destination, and was {states:?}"));
        }
    }
    None
}

/// Whether the destination shows the state that the row has.
fn shows(row: &Row, shown: &Shown) -> bool {
    let dated = row.fixed_on.is_none() || row.fixed_on == shown.fixed_on;
    let open = row.status == FindingStatus::Open && shown.fixed_on.is_none();
    row.status == shown.status && (open || dated)
}

/// The body of a row whose value was refused.
pub(super) const REFUSED_BODY: &str = "{\"value\":0}";

/// The body that is made of a row.
pub(super) fn body(row: &Row) -> String {
    format!("{{\"value\":{}}}", row.value)
}
