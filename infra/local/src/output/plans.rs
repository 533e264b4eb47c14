//! A plan as text, for review before approval.

use super::{Screen, sections};
use causeway_domain::delivery::Phase;
use causeway_domain::{Intervention, Outcome};
use causeway_views::numbers::{count, counted, time};
use causeway_views::{Account, ClosingAt, PlanDetails};
use std::fmt::Write;

/// Number of closed findings and assets that are listed without `--all`.
const LISTED: usize = 10;

/// The plan as text.
pub(crate) fn text(screen: &Screen, account: &Account, details: &PlanDetails, all: bool) -> String {
    let parts = [
        head(account, details),
        sections::verdicts(screen, account),
        sections::rules(screen, account),
        closing(screen, details, all),
        next(account, details),
    ];
    parts.iter().filter(|part| !part.is_empty()).fold(String::new(), |mut text, part| {
        let _ = writeln!(text, "{}\n", part.trim_end());
        text
    })
}

fn head(account: &Account, details: &PlanDetails) -> String {
    let mut text = format!("Plan {} of run {}, connection {}", details.id, account.run, account.connection);
    if let Some(started) = account.started_at {
        let _ = write!(text, "\nData from:   {}", time(started));
    }
    let outcome = account.outcome.map_or("in progress".to_owned(), |outcome| outcome.to_string());
    let _ = write!(text, "\nRun state:   {outcome}");
    for Intervention { kind, by, at, note, .. } in &account.interventions {
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        let _ = write!(text, "\nAction:      {kind} by {by} on {}{note}", time(*at));
    }
    for reason in &details.plan.held {
        let _ = write!(text, "\nHeld:        {reason}");
    }
    let deliveries = &details.plan.deliveries;
    let assets: u64 = details.plan.batches(Phase::Items).map(|delivery| delivery.assets).sum();
    let findings: u64 = details.plan.batches(Phase::Items).map(|delivery| delivery.findings).sum();
    let _ = write!(
        text,
        "\nSends:       {} with {} and {}",
        counted(deliveries.len() as u64, "batch", "batches"),
        counted(assets, "asset", "assets"),
        counted(findings, "finding", "findings"),
    );
    text
}

fn closing(screen: &Screen, details: &PlanDetails, all: bool) -> String {
    let closing = &details.closing;
    if closing.is_empty() {
        return "Nothing that is missing is closed.".to_owned();
    }
    let mut grid =
        screen.grid(&["closed by absence at site", "device category", "findings fixed", "assets gone"]);
    let named = |name: Option<String>| name.unwrap_or_else(|| "unknown".to_owned());
    for ClosingAt { site, category, findings, assets } in details.places() {
        grid.row([named(site), named(category), count(findings), count(assets)]);
    }
    let mut text = format!("{}\n", grid.right([2, 3]));
    let mut grid = screen.grid(&["asset", "finding", "site", "last seen in run", "runs missed"]);
    for one in closing.iter().take(if all { usize::MAX } else { LISTED }) {
        grid.row([
            one.key.asset.clone(),
            one.key.finding.clone(),
            one.site.clone().unwrap_or_default(),
            one.last_seen.as_ref().map(ToString::to_string).unwrap_or_default(),
            one.missing.to_string(),
        ]);
    }
    let _ = write!(text, "{}", grid.right([4]));
    if !all && closing.len() > LISTED {
        let _ = write!(text, "\n  and {} more: `--all` or `--json`", count((closing.len() - LISTED) as u64));
    }
    text
}

fn next(account: &Account, details: &PlanDetails) -> String {
    let discarded = account.interventions.iter().any(|one| !one.reopens());
    if account.outcome != Some(Outcome::Held) || discarded {
        return String::new();
    }
    let (run, plan) = (&account.run, &details.id);
    format!(
        "Next: `causeway plan approve {run} --plan {plan}` sends it, `causeway plan discard {run}` rejects it.\n\
         `causeway plan show {run} --why ID` explains the verdict on a finding or asset."
    )
}
