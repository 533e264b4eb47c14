//! The report on one run, as data.

use crate::Advice;
use crate::timeline::{Stretch, timeline};
use async_recursion::async_recursion;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::definition::MapInUse;
use causeway_domain::delivery::Refusal;
use causeway_domain::page::{DeadLetter, DroppedField, PageId, Reject, Traffic};
use causeway_domain::plan::VerdictCounts;
use causeway_domain::run::{DeliveredCounts, StreamPlan};
use causeway_domain::schema::{RunSchema, SchemaChange};
use causeway_domain::{
    ConnectionName, Failure, Generation, Intervention, Manifest, Outcome, PageSummary, RunId,
};
use causeway_runs::{
    Engine, RunDetails, UnreadableValues, details, mapped_otherwise, rejects, unreadable_values,
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The report of `run` and `run show`.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Its connection.
    pub connection: ConnectionName,
    /// The run.
    pub run: RunId,
    /// Its number; `None` if it failed before it knew what to read.
    pub generation: Option<Generation>,
    /// `None` while it runs.
    pub outcome: Option<Outcome>,
    /// Why it is not `complete`.
    pub reasons: Vec<String>,
    /// Notes; a complete run can have some, too.
    pub remarks: Vec<String>,
    /// The failure that ended it.
    pub failure: Option<Failure>,
    /// The run whose kept pages it maps again, if it is a replay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<RunId>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it was decided.
    pub ended_at: Option<Timestamp>,
    /// The maps and the target profile at its start.
    pub maps: Vec<MapInUse>,
    /// The previous run, if that used other maps.
    pub mapped_otherwise_than: Option<RunId>,
    /// The streams to read, from the manifest.
    pub planned: Vec<StreamPlan>,
    /// Pages staged so far or in total, including catch-up reads and direct queries.
    pub pages_staged: u64,
    /// Coverage by stream.
    pub coverage: Vec<StreamCoverage>,
    /// Name of the connector.
    pub source: String,
    /// Requests and bytes exchanged with the vendor.
    pub source_traffic: Traffic,
    /// Name of the destination.
    pub destination: String,
    /// Requests and bytes exchanged with the destination.
    pub destination_traffic: Traffic,
    /// Fields that the vendor refused.
    pub dropped_fields: Vec<DroppedField>,
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Batches of its plan.
    pub planned_deliveries: u64,
    /// Results of its deliveries.
    pub delivered: DeliveredCounts,
    /// Assets that the destination refused.
    pub refused: Vec<Refusal>,
    /// Their total number; the list may hold only a part of them.
    pub refused_total: usize,
    /// Why its plan waits for approval.
    pub held: Vec<Failure>,
    /// Rejected rows, by reason.
    pub rejects: Vec<RejectReason>,
    /// Pages, queries and batches that failed.
    pub dead_letters: Vec<DeadLetter>,
    /// Their total number; the list may hold only a part of them.
    pub dead_letters_total: usize,
    /// Interventions after it was decided.
    pub interventions: Vec<Intervention>,
    /// Its phases and their times.
    pub timeline: Vec<Stretch>,
    /// Pages and batches that took more than one attempt.
    pub repeated: u64,
    /// Number of unreadable values, which count as absent.
    pub unreadable_values: u64,
    /// The same by stream and field.
    pub unreadable: Vec<UnreadableValues>,
    /// The run whose fields these are compared with, if there is one.
    pub fields_compared_with: Option<RunId>,
    /// Fields of the vendor's records that appeared, vanished or changed their type.
    pub field_changes: Vec<SchemaChange>,
    /// Peak memory of the process that decided the run, if that was `causeway run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// Its state, and the next steps.
    pub advice: Advice,
}

/// Rejected rows with one reason.
#[derive(Debug, Clone, Serialize)]
pub struct RejectReason {
    /// The reason, without the record that it was about.
    pub reason: String,
    /// Number of rows rejected for it.
    pub rows: u64,
    /// Key of one of them.
    pub example: Option<String>,
}

/// Builds the report from the stored objects of a run.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn account(engine: &Engine, name: &ConnectionName, run: RunId) -> Result<Account, Failure> {
    let details = details(engine, name, &run).await?;
    let rejects = rejects(engine, name, &run).await?;
    let otherwise = match &details.manifest {
        Some(manifest) => mapped_otherwise(engine, manifest).await?,
        None => None,
    };
    let maps =
        details.manifest.as_ref().map(|manifest| manifest.definition.maps(engine.connectors.catalog()));
    let account = Account::of(name.clone(), run, details, &rejects);
    let advice = Advice::on(&account);
    Ok(Account { maps: maps.unwrap_or_default(), mapped_otherwise_than: otherwise, advice, ..account })
}

impl Account {
    /// Combines the stored objects of a run.
    fn of(connection: ConnectionName, run: RunId, details: RunDetails, rejects: &[(PageId, Reject)]) -> Self {
        let (timeline, repeated) = (timeline(&details), repeated(&details));
        let unreadable = unreadable_values(&details.pages);
        let RunDetails { manifest, outcome, plan, coverage, pages, counts, receipts, .. } = details;
        let RunDetails { dead_letters, interventions, schema, process, .. } = details;
        let RunSchema { compared_with, changes, .. } = schema.unwrap_or_default();
        let dropped_fields = dropped_fields(manifest.as_ref(), &pages);
        let mut source_traffic = manifest.as_ref().map(|manifest| manifest.traffic).unwrap_or_default();
        pages.iter().for_each(|page| source_traffic += page.traffic);
        counts.iter().for_each(|(_, _, count)| source_traffic += count.traffic);
        let mut destination_traffic = Traffic::default();
        receipts.iter().for_each(|receipt| destination_traffic += receipt.traffic);
        let (source, destination) = systems(manifest.as_ref());
        let plan_counts = plan.as_ref().map(|plan| (plan.assets.clone(), plan.findings.clone()));
        let (assets, findings) = plan_counts.unwrap_or_default();
        let replay_of =
            manifest.as_ref().and_then(|manifest| manifest.replay.as_ref()).map(|replay| replay.run.clone());
        let delivered = DeliveredCounts::of(&receipts);
        let refused: Vec<Refusal> = receipts.into_iter().flat_map(|receipt| receipt.refused).collect();
        let started_at = manifest.as_ref().map(|manifest| manifest.started_at);
        Self {
            connection,
            run,
            generation: manifest.as_ref().map(|manifest| manifest.generation),
            outcome: outcome.as_ref().map(|outcome| outcome.outcome),
            reasons: outcome.as_ref().map(|outcome| outcome.reasons.clone()).unwrap_or_default(),
            remarks: outcome.as_ref().map(|outcome| outcome.remarks.clone()).unwrap_or_default(),
            failure: outcome.as_ref().and_then(|outcome| outcome.failure.clone()),
            replay_of,
            started_at: outcome.as_ref().map(|outcome| outcome.started_at).or(started_at),
            ended_at: outcome.as_ref().map(|outcome| outcome.ended_at),
            maps: Vec::new(),
            mapped_otherwise_than: None,
            planned: manifest.map(|manifest| manifest.streams).unwrap_or_default(),
            pages_staged: pages.len() as u64,
            coverage: outcome.as_ref().map(|outcome| outcome.coverage.clone()).unwrap_or(coverage),
            source,
            source_traffic: outcome.as_ref().map_or(source_traffic, |outcome| outcome.source_traffic),
            destination,
            destination_traffic: outcome
                .as_ref()
                .map_or(destination_traffic, |outcome| outcome.destination_traffic),
            dropped_fields,
            assets,
            findings,
            planned_deliveries: plan.as_ref().map_or(0, |plan| plan.deliveries.len() as u64),
            delivered,
            refused_total: refused.len(),
            refused,
            held: plan.map(|plan| plan.held).unwrap_or_default(),
            rejects: by_reason(rejects),
            dead_letters_total: dead_letters.len(),
            dead_letters,
            interventions,
            timeline,
            repeated,
            unreadable_values: unreadable.iter().map(|stream| stream.values).sum(),
            unreadable,
            fields_compared_with: compared_with,
            field_changes: changes,
            peak_memory_bytes: process.map(|process| process.peak_memory_bytes),
            advice: Advice::default(),
        }
    }
}

/// Pages and batches that took more than one attempt.
fn repeated(details: &RunDetails) -> u64 {
    let pages = details.pages.iter().map(|page| page.figures.attempts);
    let batches = details.receipts.iter().map(|receipt| receipt.figures.attempts);
    pages.chain(batches).filter(|attempts| *attempts > 1).count() as u64
}

/// Fields that the vendor refused at the start or for a page, each once.
fn dropped_fields(manifest: Option<&Manifest>, pages: &[PageSummary]) -> Vec<DroppedField> {
    let at_start = manifest.iter().flat_map(|manifest| &manifest.dropped_fields);
    let of_pages = pages.iter().flat_map(|page| &page.dropped_fields);
    let all: BTreeSet<_> = at_start.chain(of_pages).cloned().collect();
    all.into_iter().collect()
}

/// Names of source and destination.
fn systems(manifest: Option<&Manifest>) -> (String, String) {
    let Some(manifest) = manifest else { return ("source".to_owned(), "destination".to_owned()) };
    let definition = &manifest.definition.definition;
    (definition.source.name().to_owned(), definition.destination.name().to_owned())
}

/// Reasons, most frequent first.
fn by_reason(rejects: &[(PageId, Reject)]) -> Vec<RejectReason> {
    let mut reasons: BTreeMap<&str, RejectReason> = BTreeMap::new();
    for (_, reject) in rejects {
        let reason = general(&reject.reason);
        let entry = reasons.entry(reason).or_insert_with(|| RejectReason {
            reason: reason.to_owned(),
            rows: 0,
            example: None,
        });
        entry.rows += 1;
        let key = || match (&reject.asset, &reject.finding) {
            (Some(asset), Some(finding)) => Some(format!("{asset} / {finding}")),
            (asset, _) => asset.clone(),
        };
        entry.example = entry.example.take().or_else(key);
    }
    let mut reasons: Vec<RejectReason> = reasons.into_values().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
    reasons
}

/// A reason without the record at its end, so that equal reasons are counted together.
fn general(reason: &str) -> &str {
    let of_record = reason.rfind(" (record ").or_else(|| reason.rfind(" (row "));
    of_record.and_then(|at| reason.get(..at)).unwrap_or(reason)
}
