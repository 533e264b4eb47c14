//! Milestones of runs as events: logs show them, and whoever counts adds up their numbers. Each is told once it is in the
//! store; one that is told twice was done twice.

use causeway_domain::delivery::Receipt;
use causeway_domain::layout::RunKeys;
use causeway_domain::run::RunOutcome;
use causeway_domain::{Outcome, PageSummary, RunId};

/// Target of the events. Their fields that are numbers are what there is to count.
pub const TARGET: &str = "causeway_runs::milestone";

pub(crate) fn page_staged(run: &RunId, page: &PageSummary) {
    let PageSummary { page, staged, rejected, .. } = page;
    tracing::info!(target: TARGET, %run, %page, pages_staged = 1_u64, records = *staged, rejects = *rejected, "page staged");
}

pub(crate) fn delivered(run: &RunId, receipt: &Receipt) {
    let refused = receipt.refused.len() as u64;
    tracing::info!(
        target: TARGET, %run, delivery = %receipt.delivery,
        deliveries = 1_u64, assets_delivered = receipt.new_assets(), assets_refused = refused,
        "batch delivered",
    );
}

pub(crate) fn decided(RunKeys { connection, run }: RunKeys<'_>, outcome: &RunOutcome) {
    let count = |wanted| u64::from(outcome.outcome == wanted);
    let reasons = outcome.reasons.join("; ");
    tracing::info!(
        target: TARGET, %connection, %run, outcome = %outcome.outcome, reasons,
        runs_complete = count(Outcome::Complete), runs_partial = count(Outcome::Partial),
        runs_errored = count(Outcome::Failed), runs_held = count(Outcome::Held),
        "run decided",
    );
}
