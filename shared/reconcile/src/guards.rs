//! The guards: conditions that hold a plan for approval (I-8).
//!
//! A token that lost a site still gets 200, and a response that lost most of its rows looks like any other. A plan that
//! would close much at once therefore needs approval.

use crate::tally::Presence;
use crate::{Policy, Tally};
use causeway_domain::definition::GuardSettings;
use causeway_domain::plan::{Rule, Verdict, VerdictCounts};
use causeway_domain::{Failure, FailureKind};
use causeway_mutants::Mutant;
use std::collections::BTreeMap;

/// Reasons to hold the plan, one failure each; empty if it may be applied.
pub fn guards(policy: &Policy, settings: &GuardSettings, tally: &Tally) -> Vec<Failure> {
    let mut held = Held::default();
    held.empty_answers(policy, tally);
    held.large_shares(settings, tally);
    held.unasked(tally);
    if settings.hold_always && tally.sent_assets > 0 {
        let detail = format!("{} assets would be sent; each plan waits for approval", tally.sent_assets);
        held.because("every plan", detail);
    }
    if settings.hold_vanished_site && !Mutant::LetsASiteVanish.on() {
        held.vanished("site", &tally.sites);
    }
    if settings.hold_vanished_category && !Mutant::LetsACategoryVanish.on() {
        held.vanished("device category", &tally.categories);
    }
    held.0
}

/// The reasons so far.
#[derive(Default)]
struct Held(Vec<Failure>);

impl Held {
    fn because(&mut self, subject: &str, detail: String) {
        self.0.push(Failure::new(FailureKind::Held, subject, detail));
    }

    fn empty_answers(&mut self, policy: &Policy, tally: &Tally) {
        let answered = policy.complete && !Mutant::TakesAnEmptyAnswer.on();
        if answered && tally.seen_assets == 0 && tally.known_assets > 0 {
            let detail = format!("the vendor returned no asset, the ledger knows {}", tally.known_assets);
            self.because("empty answer", detail);
        }
        if answered && policy.findings_read && tally.seen_findings == 0 && tally.known_open > 0 {
            let detail = format!("the vendor returned no finding, the ledger has {} open", tally.known_open);
            self.because("empty answer", detail);
        }
    }

    fn large_shares(&mut self, settings: &GuardSettings, tally: &Tally) {
        let (fixed, open) = (tally.findings.of(Verdict::Fixed), tally.known_open);
        if let Some(percent) = exceeds(fixed, open, (settings.min_fixed, settings.max_fixed_percent)) {
            let limit = settings.max_fixed_percent;
            let detail = format!(
                "{fixed} of {open} open findings ({percent:.0} %) would be marked Fixed; the limit is {limit} %"
            );
            self.because("far fewer findings", detail);
        }
        if let Some(limit) = settings.max_fixed.filter(|limit| fixed > *limit) {
            let detail = format!("{fixed} open findings would be marked Fixed; the limit is {limit}");
            self.because("many findings", detail);
        }
        let (gone, known) = (tally.assets.of(Verdict::Gone), tally.known_assets);
        let limit = settings.max_gone_percent.unwrap_or(settings.max_fixed_percent);
        let least = settings.min_gone.unwrap_or(settings.min_fixed);
        if let Some(percent) = exceeds(gone, known, (least, limit)) {
            let detail = format!(
                "{gone} of {known} assets ({percent:.0} %) would count as gone; the limit is {limit} %"
            );
            self.because("far fewer assets", detail);
        }
        if let Some(limit) = settings.max_gone.filter(|limit| gone > *limit) {
            self.because("many assets", format!("{gone} assets would count as gone; the limit is {limit}"));
        }
    }

    /// Closing records of a vendor that cannot be asked always needs approval.
    fn unasked(&mut self, tally: &Tally) {
        let of =
            |counts: &VerdictCounts| counts.rules.get(&Rule::MissingRepeatedly).copied().unwrap_or_default();
        let (findings, assets) = (of(&tally.findings), of(&tally.assets));
        if findings + assets > 0 {
            let closings = closings(findings, assets);
            self.because(
                "cannot be asked",
                format!("{closings} although the vendor cannot be asked for them"),
            );
        }
    }

    /// A site or category is gone if no known record of it was seen, or if nothing was seen there and assets are
    /// missing. After a rename all its assets are elsewhere.
    fn vanished(&mut self, what: &str, counts: &BTreeMap<String, Presence>) {
        for (name, presence) in counts {
            let Presence { known, seen, stayed, lost_assets, fixed, gone } = presence;
            let vanished = *seen == 0 || (*stayed == 0 && *lost_assets > 0);
            if vanished && *fixed + *gone > 0 {
                let lost = if *seen == 0 { "all".to_owned() } else { format!("{} of", known - seen) };
                let subject = if name.is_empty() { format!("no {what}") } else { format!("{what} {name:?}") };
                let closings = closings(*fixed, *gone);
                self.because(&subject, format!("{lost} {known} records known there are gone; {closings}"));
            }
        }
    }
}

/// The share of `closed` in `all`, in percent, if that is more than the limit allows.
fn exceeds(closed: u64, all: u64, (least, limit): (u64, f64)) -> Option<f64> {
    // Counts are far below 2^52, so the quotient is exact enough for a threshold.
    let percent = if all == 0 { 0.0 } else { 100.0 * closed as f64 / all as f64 };
    (closed >= least.max(1) && percent > limit && !Mutant::ClosesAnyShare.on()).then_some(percent)
}

/// The number of findings and assets that a plan would close, in words. At least one of them is not zero.
fn closings(findings: u64, assets: u64) -> String {
    match (findings, assets) {
        (findings, 0) => format!("{findings} findings would be marked Fixed"),
        (0, assets) => format!("{assets} assets would count as gone"),
        (findings, assets) => {
            format!("{findings} findings would be marked Fixed and {assets} assets count as gone")
        }
    }
}
