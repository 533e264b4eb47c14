//! A plan and the facts about its run, as data.

use crate::{Account, Closing, ClosingAt, PlanDetails};
use causeway_domain::plan::VerdictCounts;
use causeway_domain::{ConnectionName, Failure, Intervention, Outcome, RunId};
use jiff::Timestamp;
use serde::Serialize;

/// The report of `plan show`: what a run found, would send and would close.
#[derive(Debug, Clone, Serialize)]
pub struct PlanAccount {
    /// Its connection.
    pub connection: ConnectionName,
    /// Its run.
    pub run: RunId,
    /// Its short id, to approve exactly this plan.
    pub plan: String,
    /// How the run ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// When the run started.
    pub started_at: Option<Timestamp>,
    /// Interventions after the run was decided.
    pub interventions: Vec<Intervention>,
    /// Why the plan waits for approval.
    pub held: Vec<Failure>,
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Batches to send.
    pub deliveries: usize,
    /// Findings to close.
    pub closing_total: usize,
    /// The same by site and category.
    pub closing_at: Vec<ClosingAt>,
    /// The same one by one, in key order.
    pub closing: Vec<Closing>,
}

impl PlanAccount {
    /// Combines `details` with the report on its run.
    pub fn of(account: &Account, details: &PlanDetails) -> Self {
        let PlanDetails { id, plan, closing } = details;
        Self {
            connection: account.connection.clone(),
            run: account.run.clone(),
            plan: id.clone(),
            outcome: account.outcome,
            started_at: account.started_at,
            interventions: account.interventions.clone(),
            held: plan.held.clone(),
            assets: plan.assets.clone(),
            findings: plan.findings.clone(),
            deliveries: plan.deliveries.len(),
            closing_total: closing.len(),
            closing_at: details.places(),
            closing: closing.clone(),
        }
    }
}
