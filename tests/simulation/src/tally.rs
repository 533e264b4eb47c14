//! What happened, counted: faults by kind, ends of runs, and the interesting things that should happen sometimes.

use crate::fault::Fault;
use causeway_domain::Outcome;
use std::collections::BTreeMap;

/// Counts of one game or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Games.
    pub games: u64,
    /// Events handled.
    pub events: u64,
    /// Faults by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// Runs by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Things that must happen sometimes.
    pub sometimes: BTreeMap<&'static str, u64>,
}

/// What must happen at least once over the fixed seeds; without it the simulation would show little.
pub const SOMETIMES: &[&str] = &[
    "absence confirmed",
    "asset refused",
    "below streak",
    "catch-up read",
    "changed while read",
    "closed behind a blind token",
    "clean second run changes nothing",
    "converged",
    "coverage not complete",
    "dead letter by its worker",
    "dead letter by the queue",
    "died between two waits",
    "fixed by the vendor",
    "irrelevant",
    "not confirmed",
    "out of scope",
    "page staged by another first",
    "plan made twice",
    "plan held",
    "preserved by setting",
    "redrive after the end",
    "rejected record blocks",
    "reopened",
    "resumed",
    "run superseded",
    "scope blocked",
    "seen when asked",
    "sent again",
    "start refused",
    "stream not read",
    "two workers on one message",
    "untrusted answer",
    "whole run checked",
];

impl Tally {
    pub(crate) fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn outcome(&mut self, outcome: Outcome) {
        *self.outcomes.entry(outcome.to_string()).or_default() += 1;
    }

    pub(crate) fn sometimes(&mut self, what: &'static str, times: u64) {
        if times > 0 {
            *self.sometimes.entry(what).or_default() += times;
        }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.games += other.games;
        self.events += other.events;
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
        for (outcome, times) in &other.outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += times;
        }
        for (what, times) in &other.sometimes {
            *self.sometimes.entry(what).or_default() += times;
        }
    }

    /// Which of [`SOMETIMES`] never happened.
    pub fn never(&self) -> Vec<&'static str> {
        SOMETIMES.iter().filter(|what| !self.sometimes.contains_key(*what)).copied().collect()
    }

    /// Runs that ended.
    pub fn runs(&self) -> u64 {
        self.outcomes.values().sum()
    }
}
