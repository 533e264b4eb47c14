//! Queries of the ledger in force: known assets and findings, their status, and the reason for it.
//!
//! Segments are read and filtered in parallel and returned in key order, so a query over millions of findings needs
//! only the memory of a few segments.

mod body;
mod record;
mod scan;
mod why;

pub use body::Described;
pub use record::{InventoryRecord, Why};
pub use scan::Found;
pub use why::Decision;

use async_recursion::async_recursion;
use causeway_domain::plan::{LedgerIndex, LedgerSegment, Rule};
use causeway_domain::{ConnectionName, Failure, FindingStatus, RunId, Stream};
use causeway_ledger::{damaged, segment};
use causeway_ports::Objects;
use causeway_runs::store::require;
use causeway_runs::{Engine, load};
use futures::StreamExt;
use futures::stream::BoxStream;
use scan::scan;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use why::Decisions;

/// A query; every condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// Assets or findings.
    pub stream: Stream,
    /// An asset id, a finding id, or the vendor's id of either.
    pub id: Option<String>,
    /// An asset id, an address, or a part of a host name, ignoring case.
    pub host: Option<String>,
    /// A CVE, ignoring case; none for assets.
    pub cve: Option<String>,
    /// A site name, ignoring case.
    pub site: Option<String>,
    /// The status.
    pub status: Option<FindingStatus>,
    /// Only records that the last committed run did not see.
    pub unseen: bool,
    /// The rule behind the last verdict.
    pub rule: Option<Rule>,
}

impl LedgerQuery {
    /// All records of `stream`.
    pub fn all(stream: Stream) -> Self {
        let (id, host, cve, site, status, unseen, rule) = (None, None, None, None, None, false, None);
        Self { stream, id, host, cve, site, status, unseen, rule }
    }
}

/// The records of one ledger that match a query.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// The connection.
    pub connection: ConnectionName,
    /// The run that wrote the ledger; `None` before the first one.
    pub run: Option<RunId>,
    /// Number of matching records; `known` may hold only the first ones.
    pub matching: u64,
    /// The records.
    pub known: Vec<InventoryRecord>,
}

/// Searches the ledger in force of `connection` for at most `limit` records, with the last decision on each if `why`.
/// After each record it calls `looked` with the number of records checked and the total.
///
/// # Errors
/// As [`search`] and [`Search::next`].
#[async_recursion]
pub async fn inventory(
    engine: &Engine,
    connection: ConnectionName,
    query: LedgerQuery,
    (limit, why): (Option<usize>, bool),
    looked: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<Inventory, Failure> {
    let mut search = search(engine, &connection, query).await?;
    let mut inventory = Inventory { connection, run: None, matching: 0, known: Vec::new() };
    let Some(search) = &mut search else { return Ok(inventory) };
    while let Some(found) = search.next(why).await? {
        looked(search.looked_at, search.records);
        inventory.matching += 1;
        if limit.is_none_or(|limit| inventory.known.len() < limit) {
            inventory.known.push(InventoryRecord::of(&found, &search.run)?);
        }
    }
    inventory.run = Some(search.run.clone());
    Ok(inventory)
}

/// A query in progress.
pub struct Search {
    /// The run that wrote the ledger.
    pub run: RunId,
    /// Records in the ledger, assets and findings.
    pub records: u64,
    /// Records checked so far.
    pub looked_at: u64,
    query: Arc<LedgerQuery>,
    segments: BoxStream<'static, Result<(u64, Vec<Found>), Failure>>,
    found: VecDeque<Found>,
    decisions: Decisions,
}

/// Begins a search of the ledger of `name`; `None` when no run of it has been committed yet.
///
/// # Errors
/// `NotFound`; `StoreDamaged` when the ledger's index is missing.
#[async_recursion]
pub async fn search(
    engine: &Engine,
    name: &ConnectionName,
    query: LedgerQuery,
) -> Result<Option<Search>, Failure> {
    let Some(ledger) = load(engine, name).await?.record.ledger else { return Ok(None) };
    let objects = Arc::clone(&engine.objects);
    let index: LedgerIndex = require(objects.as_ref(), &ledger.index).await?;
    let records = index.segments.iter().map(|segment| segment.records).sum();
    let query = Arc::new(query);
    let side_by_side = std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    let read = {
        let (objects, query, run) = (Arc::clone(&objects), Arc::clone(&query), ledger.run.clone());
        move |segment| read(Arc::clone(&objects), Arc::clone(&query), run.clone(), segment)
    };
    Ok(Some(Search {
        decisions: Decisions::of(engine, name, &ledger.run).await?,
        run: ledger.run,
        records,
        looked_at: 0,
        query,
        segments: futures::stream::iter(index.segments).map(read).buffered(side_by_side).boxed(),
        found: VecDeque::new(),
    }))
}

async fn read(
    objects: Arc<dyn Objects>,
    query: Arc<LedgerQuery>,
    run: RunId,
    segment: LedgerSegment,
) -> Result<(u64, Vec<Found>), Failure> {
    let key = segment.key;
    let stored = objects.get(&key).await?.ok_or_else(|| damaged(&key, "the object is gone"))?;
    let subject = key.clone();
    // Decompressing and parsing take most of the time, so each segment has its own thread.
    let work = move || scan(&segment::unpacked(&key, &stored.body)?, &key, &query, &run);
    let found = tokio::task::spawn_blocking(work).await;
    let found = found.unwrap_or_else(|error| Err(damaged(&subject, &error.to_string())))?;
    Ok((segment.records, found))
}

impl Search {
    /// The next matching record, in key order, or `None` after the last. With `decided` it includes the last run's
    /// decision.
    ///
    /// # Errors
    /// `StoreDamaged` when a segment or a list of verdicts is missing or unreadable.
    #[async_recursion]
    pub async fn next(&mut self, decided: bool) -> Result<Option<Found>, Failure> {
        loop {
            while let Some(mut found) = self.found.pop_front() {
                if decided || self.query.rule.is_some() {
                    let decision = self.decisions.on(&found.key, found.seen_last).await?;
                    if self.query.rule.is_some_and(|rule| decision.rule != Some(rule)) {
                        continue;
                    }
                    found.decision = Some(decision);
                }
                return Ok(Some(found));
            }
            let Some(segment) = self.segments.next().await else { return Ok(None) };
            let (records, found) = segment?;
            self.looked_at += records;
            self.found = found.into();
        }
    }
}
