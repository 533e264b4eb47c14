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

/// Games over which [`SOMETIMES`] and [`FAULTS`] count.
const GAMES: u64 = 2_000;

/// How often each kind of fault happens at least, over [`GAMES`] games.
const FAULTS: u64 = 20;

/// What must happen, and how often at least over `GAMES` games: about a third of what is usual. With less the
/// simulation would show little, however green it is.
pub const SOMETIMES: &[(&str, u64)] = &[
    ("CVE taken out of its list", 100),
    ("absence confirmed", 5_000),
    ("absence of an asset not confirmed", 80),
    ("asset asked for again", 300),
    ("asset gone", 1_000),
    ("asset gone without being asked for", 30),
    ("asset refused", 150),
    ("asset seen when asked", 2),
    ("asset sent alone", 2_000),
    ("below streak", 1_200),
    ("catch-up read", 1_500),
    ("changed while read", 150),
    ("clean second run changes nothing", 700),
    ("closed behind a blind token", 7),
    ("converged", 1_900),
    ("coverage not complete", 50),
    ("dead letter by its worker", 25),
    ("dead letter by the queue", 4),
    ("died between two waits", 1_500),
    ("fixed by the vendor", 1_000),
    ("gone asset is back", 40),
    ("healed 422", 100),
    ("irrelevant", 500),
    ("link refused", 15),
    ("link withheld", 35),
    ("links sent", 2_000),
    ("list of CVEs not read", 100),
    ("missing asset named by its findings", 70),
    ("not confirmed", 500),
    ("out of scope", 1_200),
    ("page staged by another first", 80),
    ("part of a batch settled", 150),
    ("person too late", 1),
    ("plan approved", 5),
    ("plan discarded", 5),
    ("plan held", 150),
    ("plan made twice", 60),
    ("preserved by setting", 800),
    ("read by cursors", 500),
    ("read by ids", 500),
    ("read in numbered pages", 500),
    ("read in windows", 500),
    ("redrive after the end", 10),
    ("rejected record blocks", 200),
    ("reopened", 35),
    ("resumed", 100),
    ("run redriven", 5),
    ("run redriven while it delivered", 1),
    ("run superseded", 30),
    ("scope blocked", 1_000),
    ("seen when asked", 30),
    ("sent again", 2_500),
    ("start refused", 150),
    ("stream not read", 900),
    ("two workers on one message", 20_000),
    ("untrusted answer", 60),
    ("whole run checked", 2_500),
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

    /// What happened less often than it must, as text.
    pub fn too_rare(&self) -> Vec<String> {
        let happened = |what: &str| self.sometimes.get(what).copied().unwrap_or_default();
        let things = SOMETIMES.iter().map(|(what, least)| ((*what).to_owned(), happened(what), *least));
        let faults = Fault::ALL
            .iter()
            .map(|fault| (fault.to_string(), self.faults.get(fault).copied().unwrap_or_default(), FAULTS));
        let short =
            things.chain(faults).map(|(what, times, least)| (what, times, least * self.games / GAMES));
        let short = short.filter(|(_, times, least)| times < least);
        short
            .map(|(what, times, least)| format!("{what}: {times} times, at least {least} expected"))
            .collect()
    }

    /// Runs that ended.
    pub fn runs(&self) -> u64 {
        self.outcomes.values().sum()
    }
}
