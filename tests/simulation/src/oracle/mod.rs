//! The oracle: it sees every write, every answer of the vendor and every delivery, and says when an invariant broke.
//!
//! It shares no code with the use cases but the words of the domain.

pub(crate) mod arrival;
pub(crate) mod ending;
pub(crate) mod ledger;
pub(crate) mod messages;
mod outcome;
mod plan;
mod sending;
mod staged;
mod state;

pub(crate) use arrival::{answered, arrives, delivered};

use crate::connection::TOKEN;
use crate::sim::{Inner, Millis};
use crate::vendor::table::row_of;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::invariant::{I2, I3, I4, I5, I12};
use causeway_domain::plan::Plan;
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionRecord, FindingStatus, Manifest, PageSummary, RunId, VendorKey};
use causeway_ports::PutCondition;
use std::collections::{BTreeMap, BTreeSet};

/// Key of the connection's record.
const STATE: &str = "connections/plant/state.json";
/// Key of its definition.
const DEFINITION: &str = "connections/plant/definition.json";
/// Prefix of all runs.
const RUNS: &str = "runs/plant/";

/// What the oracle knows.
#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) runs: BTreeMap<RunId, Facts>,
    pub(crate) record: Option<ConnectionRecord>,
    committed: BTreeSet<RunId>,
    /// When each finding was last asked for and was not open at the vendor.
    absent: BTreeMap<Vec<String>, Millis>,
    pub(crate) lied_at: Vec<Millis>,
    /// Whether a queue has lost messages, and whether they were checks.
    queue_lost: bool,
    checks_lost: bool,
    /// Which run each request became.
    requests: BTreeMap<(u32, &'static str), RunId>,
    healed_at: Option<Millis>,
}

/// What is known of a run.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) generation: u64,
    claimed_at: Millis,
    /// Changes of the vendor's tables until then.
    version: u64,
    pub(crate) manifest: Option<Manifest>,
    coverage: Vec<StreamCoverage>,
    pub(crate) plan: Option<Plan>,
    /// Work that was given up before the plan was made.
    lost_before_plan: Vec<String>,
    /// Which attempt it is at, until when, and whether a person approved its plan.
    attempt: u32,
    deadline: Option<Millis>,
    approved: bool,
    /// Of the newest attempt.
    outcome: Option<RunOutcome>,
    decided_at: Millis,
    /// Each asset of each delivery, as it was sent first.
    batches: BTreeMap<u32, BTreeMap<String, blake3::Hash>>,
    /// What answers settled of each delivery.
    answers: BTreeMap<u32, Answers>,
    /// Assets of each delivery that a receipt calls accepted.
    arrived: BTreeMap<u32, BTreeSet<String>>,
    /// When a check was first queued.
    checked: Option<Millis>,
    /// Pages and deliveries that were queued.
    sent: BTreeSet<String>,
}

/// Assets of a delivery that answers of the destination accepted or refused.
#[derive(Default)]
struct Answers {
    accepted: BTreeSet<String>,
    refused: BTreeSet<String>,
}

impl Facts {
    /// When its newest attempt must be decided.
    fn deadline(&self) -> Option<Millis> {
        self.deadline.or_else(|| self.manifest.as_ref().map(|manifest| crate::sim::millis(manifest.deadline)))
    }

    /// Whether all its streams were seen completely.
    fn complete(&self) -> bool {
        !self.coverage.is_empty() && self.coverage.iter().all(StreamCoverage::is_complete)
    }
}

impl Oracle {
    /// How many complete runs came after this one and put their ledgers in force.
    fn complete_since(&self, run: &RunId) -> usize {
        let Some(first) = self.runs.get(run).map(|facts| facts.generation) else { return 0 };
        let counts = |(run, facts): &(&RunId, &Facts)| {
            facts.generation > first && facts.complete() && self.committed.contains(*run)
        };
        self.runs.iter().filter(counts).count()
    }

    /// Whether no run is undecided.
    pub(crate) fn nothing_live(&self) -> bool {
        self.runs.values().all(|run| run.outcome.is_some())
    }
}

/// An object was written.
pub(crate) fn written(inner: &mut Inner, key: &str, body: &[u8], condition: &PutCondition) {
    if key != STATE && key != DEFINITION && *condition != PutCondition::IfAbsent {
        inner.broken(I2, format!("{key} is overwritten"));
    }
    keeps_secrets(inner, key, body);
    if key == STATE {
        return state::written(inner, body);
    }
    let Some((run, rest)) = key.strip_prefix(RUNS).and_then(|rest| rest.split_once('/')) else { return };
    let Ok(run) = RunId::parse(run) else { return };
    match rest {
        "manifest.json" => manifest(inner, &run, body),
        "coverage.json" => {
            let coverage: Vec<StreamCoverage> = serde_json::from_slice(body).unwrap_or_default();
            let complete = coverage.iter().all(StreamCoverage::is_complete);
            inner.tally.sometimes("coverage not complete", u64::from(!complete));
            inner.oracle.runs.entry(run).or_default().coverage = coverage;
        }
        "plan.json" => plan::written(inner, &run, body),
        ended if ended.starts_with("outcome") => outcome::written(inner, &run, ended, body),
        mark if mark.ends_with("-queued.json") => messages::marked(inner, &run, mark),
        _ if rest.starts_with("receipts/") => arrival::receipt(inner, &run, rest, body),
        _ if rest.starts_with("pages/") && rest.ends_with(".json") => summary(inner, rest, body),
        _ => {}
    }
}

/// A text is stored or queued.
pub(crate) fn keeps_secrets(inner: &mut Inner, place: &str, text: &[u8]) {
    if text.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()) {
        inner.broken(I12, format!("{place} holds a secret"));
    }
}

/// A write met an object that was there already.
pub(crate) fn lost_race(inner: &mut Inner, key: &str) {
    if key.ends_with("/plan.json") {
        inner.tally.sometimes("plan made twice", 1);
    } else if key.contains("/pages/") && key.ends_with(".json") {
        inner.tally.sometimes("page staged by another first", 1);
    }
}

fn manifest(inner: &mut Inner, run: &RunId, body: &[u8]) {
    let Ok(manifest) = serde_json::from_slice::<Manifest>(body) else {
        return inner.broken(I4, "the manifest cannot be read");
    };
    let ledger = inner.oracle.record.as_ref().and_then(|record| record.ledger.clone());
    let current = inner.oracle.record.as_ref().and_then(|record| record.current_run.clone());
    if current.as_ref() == Some(run) && ledger != manifest.ledger {
        inner.broken(I5, format!("run {run} starts from another ledger than the one in force"));
    }
    inner.oracle.runs.entry(run.clone()).or_default().manifest = Some(manifest);
}

fn summary(inner: &mut Inner, rest: &str, body: &[u8]) {
    let Ok(summary) = serde_json::from_slice::<PageSummary>(body) else { return };
    if rest.contains("/catch-up-") {
        inner.tally.sometimes("catch-up read", 1);
    }
    if summary.fetched != summary.mapped + summary.rejected {
        inner.broken(I3, format!("page {}: fetched is not mapped + rejected", summary.page));
    }
}

/// A start that was asked for ended well.
pub(crate) fn started(inner: &mut Inner, number: u32, token: &'static str, run: &RunId) {
    let known = inner.oracle.requests.entry((number, token)).or_insert_with(|| run.clone()).clone();
    if known != *run {
        inner.broken(I4, format!("request {token} {number} is run {known}, and run {run} as well"));
    }
}

/// The vendor looked for exactly these rows.
pub(crate) fn asked(inner: &mut Inner, keys: &[VendorKey]) {
    let now = inner.now;
    for key in keys.iter().map(VendorKey::texts) {
        let finding = key.get(1).map_or("", String::as_str);
        let id = key.first().and_then(|asset| row_of(asset, finding));
        let row = id.and_then(|id| inner.vendor.row(id));
        if row.is_none_or(|row| row.status != FindingStatus::Open) {
            inner.oracle.absent.insert(key, now);
        }
    }
}
