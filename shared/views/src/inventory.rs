//! The ledger in force, asked: which assets and findings are known, in which state, and why.
//!
//! Segments are read and filtered side by side and handed out in key order, so a question over millions of findings
//! needs no more memory than a few segments.

mod body;
mod scan;
mod why;

pub use body::Described;
pub use scan::Found;
pub use why::Decision;

use async_recursion::async_recursion as boxed;
use causeway_domain::plan::{LedgerIndex, LedgerSegment, Rule};
use causeway_domain::{ConnectionName, Failure, FindingStatus, RunId, Stream};
use causeway_ledger::{damaged, segment};
use causeway_ports::Objects;
use causeway_runs::store::require;
use causeway_runs::{Engine, load};
use futures::StreamExt;
use futures::stream::BoxStream;
use scan::scan;
use std::collections::VecDeque;
use std::sync::Arc;
use why::Decisions;

/// What is looked for; every condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Assets or findings.
    pub stream: Stream,
    /// An asset id, a finding id, or the vendor's id in front of the CVE of a finding id.
    pub id: Option<String>,
    /// An asset id, an address, or a part of a host name, whatever its case.
    pub host: Option<String>,
    /// A CVE, whatever its case; none for assets.
    pub cve: Option<String>,
    /// A site name, whatever its case.
    pub site: Option<String>,
    /// The status.
    pub status: Option<FindingStatus>,
    /// Not in the last committed run.
    pub unseen: bool,
    /// The rule behind the last verdict.
    pub rule: Option<Rule>,
}

impl Wanted {
    /// Everything of `stream`.
    pub fn all(stream: Stream) -> Self {
        let (id, host, cve, site, status, unseen, rule) = (None, None, None, None, None, false, None);
        Self { stream, id, host, cve, site, status, unseen, rule }
    }
}

/// A question that is being answered.
pub struct Search {
    /// The run that wrote the ledger.
    pub run: RunId,
    /// Records in the ledger, assets and findings.
    pub records: u64,
    /// Of them looked at so far.
    pub looked_at: u64,
    wanted: Arc<Wanted>,
    segments: BoxStream<'static, Result<(u64, Vec<Found>), Failure>>,
    found: VecDeque<Found>,
    decisions: Decisions,
}

/// Begins to look through the ledger of `name`; `None` when no run of it has been committed yet.
///
/// # Errors
/// `NotFound`; `StoreDamaged` when the ledger's index is gone.
#[boxed]
pub async fn search(
    engine: &Engine,
    name: &ConnectionName,
    wanted: Wanted,
) -> Result<Option<Search>, Failure> {
    let Some(ledger) = load(engine, name).await?.record.ledger else { return Ok(None) };
    let objects = Arc::clone(&engine.objects);
    let index: LedgerIndex = require(objects.as_ref(), &ledger.index).await?;
    let records = index.segments.iter().map(|segment| segment.records).sum();
    let wanted = Arc::new(wanted);
    let side_by_side = std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    let read = {
        let (objects, wanted, run) = (Arc::clone(&objects), Arc::clone(&wanted), ledger.run.clone());
        move |segment| read(Arc::clone(&objects), Arc::clone(&wanted), run.clone(), segment)
    };
    Ok(Some(Search {
        decisions: Decisions::of(engine, name, &ledger.run).await?,
        run: ledger.run,
        records,
        looked_at: 0,
        wanted,
        segments: futures::stream::iter(index.segments).map(read).buffered(side_by_side).boxed(),
        found: VecDeque::new(),
    }))
}

async fn read(
    objects: Arc<dyn Objects>,
    wanted: Arc<Wanted>,
    run: RunId,
    segment: LedgerSegment,
) -> Result<(u64, Vec<Found>), Failure> {
    let key = segment.key;
    let stored = objects.get(&key).await?.ok_or_else(|| damaged(&key, "the object is gone"))?;
    let subject = key.clone();
    // Unpacking and parsing are the work here, so each segment has a thread of its own.
    let work = move || scan(&segment::unpacked(&key, &stored.body)?, &key, &wanted, &run);
    let found = tokio::task::spawn_blocking(work).await;
    let found = found.unwrap_or_else(|error| Err(damaged(&subject, &error.to_string())))?;
    Ok((segment.records, found))
}

impl Search {
    /// The next record that fits, in key order, or `None` after the last. With `decided` also the decision of the last
    /// run on it.
    ///
    /// # Errors
    /// `StoreDamaged` when a segment or a list of verdicts is gone or cannot be read.
    #[boxed]
    pub async fn next(&mut self, decided: bool) -> Result<Option<Found>, Failure> {
        loop {
            while let Some(mut found) = self.found.pop_front() {
                if decided || self.wanted.rule.is_some() {
                    let decision = self.decisions.on(&found.key, found.seen_last).await?;
                    if self.wanted.rule.is_some_and(|rule| decision.rule != Some(rule)) {
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
