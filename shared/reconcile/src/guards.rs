//! The guards: conditions that hold a plan for approval (I-8).
//!
//! A token that lost a site still gets 200, and a response that lost most of its rows looks like any other. A plan that
//! would close much at once therefore needs approval.

use crate::tally::Presence;
use crate::{Policy, Tally};
use causeway_domain::definition::GuardSettings;
use causeway_domain::plan::Verdict;
use causeway_domain::{Failure, FailureKind};
use causeway_mutants::Mutant;
use std::collections::BTreeMap;

/// Reasons to hold the plan, one failure each; empty if it may be applied.
pub fn guards(policy: &Policy, settings: &GuardSettings, tally: &Tally) -> Vec<Failure> {
    let mut reasons = Vec::new();
    let mut hold =
        |subject: &str, detail: String| reasons.push(Failure::new(FailureKind::Held, subject, detail));
    let answered = policy.complete && !Mutant::TakesAnEmptyAnswer.on();
    if answered && tally.seen_assets == 0 && tally.known_assets > 0 {
        hold(
            "empty answer",
            format!("the vendor returned no asset, the ledger knows {}", tally.known_assets),
        );
    }
    if answered && policy.findings_read && tally.seen_findings == 0 && tally.known_open > 0 {
        hold(
            "empty answer",
            format!("the vendor returned no finding, the ledger has {} open", tally.known_open),
        );
    }
    let fixed = tally.findings.of(Verdict::Fixed);
    // Counts are far below 2^52, so the quotient is exact enough for a threshold.
    let percent = if tally.known_open == 0 { 0.0 } else { 100.0 * fixed as f64 / tally.known_open as f64 };
    if fixed >= settings.min_fixed.max(1)
        && percent > settings.max_fixed_percent
        && !Mutant::ClosesAnyShare.on()
    {
        hold(
            "far fewer findings",
            format!(
                "{fixed} of {} open findings ({percent:.0} %) would be marked Fixed; the limit is {} %",
                tally.known_open, settings.max_fixed_percent
            ),
        );
    }
    if let Some(limit) = settings.max_fixed.filter(|limit| fixed > *limit) {
        hold("many findings", format!("{fixed} open findings would be marked Fixed; the limit is {limit}"));
    }
    if settings.hold_always && tally.sent_assets > 0 {
        hold(
            "every plan",
            format!("{} assets would be sent; each plan waits for approval", tally.sent_assets),
        );
    }
    if settings.hold_vanished_site && !Mutant::LetsASiteVanish.on() {
        vanished("site", &tally.sites, &mut hold);
    }
    if settings.hold_vanished_category && !Mutant::LetsACategoryVanish.on() {
        vanished("device category", &tally.categories, &mut hold);
    }
    reasons
}

/// A site or category is gone if no known record of it was seen, or if nothing was seen there and assets are
/// missing. After a rename all its assets are elsewhere.
fn vanished(what: &str, counts: &BTreeMap<String, Presence>, hold: &mut impl FnMut(&str, String)) {
    for (name, presence) in counts {
        let Presence { known, seen, stayed, lost_assets, fixed } = presence;
        let gone = *seen == 0 || (*stayed == 0 && *lost_assets > 0);
        if gone && *fixed > 0 {
            let lost = if *seen == 0 { "all".to_owned() } else { format!("{} of", known - seen) };
            let subject = if name.is_empty() { format!("no {what}") } else { format!("{what} {name:?}") };
            hold(
                &subject,
                format!(
                    "{lost} {known} records known there are gone; {fixed} findings would be marked Fixed"
                ),
            );
        }
    }
}
