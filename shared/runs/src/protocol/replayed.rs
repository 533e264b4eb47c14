//! Replay: the pages that a run kept are mapped again, with other maps, without asking the vendor (`docs/adr/0007`).
//!
//! A replay is a run of its own. Because it cannot ask, it closes nothing for absence and counts no absence (I-1); because
//! only the run that the ledger in force came from may be replayed, it brings back no older state (I-5).

use crate::connections::registry::Connection;
use crate::decide::rejected_rows::RejectedRows;
use crate::protocol::fetch::milliseconds;
use crate::protocol::stage::Origin;
use crate::run_objects::StagedPages;
use crate::{Engine, store};
use causeway_domain::connection::ReplayOrder;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::page::{PageId, Series, Traffic};
use causeway_domain::run::{Fingerprint, Replay};
use causeway_domain::{Failure, FailureKind, Manifest, PageSummary, RunId, Stream};
use causeway_ledger::segment;
use causeway_ports::{Fetched, RawPage, Source};
use std::collections::BTreeSet;

/// What is to be replayed, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayRequest {
    /// The run whose pages are mapped again.
    pub run: RunId,
    /// The definition to do it with: its maps, severities, links, destination.
    pub definition: Registered,
}

/// Checks the request against the connection as it is, and stores the definition, so that the claim can name it.
pub(crate) async fn order(
    engine: &Engine,
    connection: &Connection,
    request: &ReplayRequest,
) -> Result<ReplayOrder, Failure> {
    let name = &connection.registered.definition.name;
    let impossible =
        |detail: String| Failure::new(FailureKind::NotPossible, format!("run {}", request.run), detail);
    let Some(ledger) = &connection.record.ledger else {
        return Err(impossible("nothing was committed yet, so there is nothing to replay".to_owned()));
    };
    let objects = engine.objects.as_ref();
    let mut origins = vec![ledger.run.clone()];
    let mut manifest: Manifest = store::require(objects, &RunKeys::new(name, &ledger.run).manifest()).await?;
    while let Some(Replay { run, .. }) = manifest.replay {
        manifest = store::require(objects, &RunKeys::new(name, &run).manifest()).await?;
        origins.push(run);
    }
    if !origins.contains(&request.run) {
        return Err(impossible(format!(
            "only run {}, which the ledger in force came from, can be replayed: older pages would bring back an older state",
            ledger.run
        )));
    }
    if kept_pages(engine, RunKeys::new(name, &ledger.run)).await?.is_none() {
        let detail = "it kept no raw pages; set `keep_raw_pages = true` in [run], apply, and run";
        return Err(impossible(detail.to_owned()));
    }
    // What was asked for is what the first of them, the one that asked, had maps for.
    let asked: BTreeSet<(Stream, String)> =
        engine.connectors.fields(&manifest.definition)?.into_iter().collect();
    let wanted = engine.connectors.fields(&request.definition)?;
    let missing: Vec<String> =
        wanted.into_iter().filter(|field| !asked.contains(field)).map(|(_, field)| field).collect();
    if !missing.is_empty() {
        return Err(impossible(format!(
            "its pages were not asked for {}, which the map reads; a run with that map asks for it",
            missing.join(", ")
        )));
    }
    let text = serde_json::to_vec(&request.definition).unwrap_or_default();
    let hash = blake3::hash(&text).to_hex();
    let key = ConnectionKeys(name).replay(hash.get(..16).unwrap_or_default());
    store::create(objects, &key, &request.definition).await?;
    Ok(ReplayOrder { run: ledger.run.clone(), definition: key })
}

/// The manifest of a replay that was claimed.
pub(crate) async fn open(
    engine: &Engine,
    connection: &Connection,
    (run, order): (&RunId, &ReplayOrder),
) -> Result<Manifest, Failure> {
    let record = &connection.record;
    let name = &connection.registered.definition.name;
    let objects = engine.objects.as_ref();
    let keys = RunKeys::new(name, &order.run);
    let source: Manifest = store::require(objects, &keys.manifest()).await?;
    let definition: Registered = store::require(objects, &order.definition).await?;
    let pages = kept_pages(engine, keys).await?.unwrap_or_default();
    Ok(Manifest {
        run: run.clone(),
        generation: record.generation,
        started_at: record.changed_at,
        deadline: record.deadline.unwrap_or(record.changed_at),
        fingerprint: Fingerprint {
            maps: crate::protocol::start::fingerprint(&definition).maps,
            ..source.fingerprint
        },
        definition,
        ledger: record.ledger.clone(),
        traffic: Traffic::default(),
        replay: Some(Replay { run: order.run.clone(), pages }),
        ..source
    })
}

/// The pages of a run that hold records; `None` unless all of them were kept.
async fn kept_pages(engine: &Engine, keys: RunKeys<'_>) -> Result<Option<Vec<PageId>>, Failure> {
    let pages = StagedPages::read(engine, keys).await?;
    Ok(pages.into_iter().map(|page| page.raw.is_some().then_some(page.page)).collect())
}

/// A page that the replayed run kept, with new records. Its origin has the time at which the vendor answered: of two records
/// of one key the one that was observed later still counts.
pub(crate) async fn kept(
    engine: &Engine,
    manifest: &Manifest,
    page: PageId,
    source: &dyn Source,
) -> Result<(Fetched, Origin), Failure> {
    let objects = engine.objects.as_ref();
    let gone = || store::damaged(&page.to_string(), "its raw page was not kept");
    let replay = manifest.replay.as_ref().ok_or_else(gone)?;
    let key = RunKeys::new(&manifest.connection, &replay.run).page_summary(page);
    let summary: PageSummary = store::require(objects, &key).await?;
    let raw = summary.raw.ok_or_else(gone)?;
    let text = segment::get(objects, &raw).await?;
    let PageSummary { window, link, tail, confirmation, visible_sites, observed_at, dropped_fields, .. } =
        summary;
    let began = engine.clock.now();
    let transformed = source.replay(page.stream, &text)?;
    let fetched = Fetched {
        transformed,
        raw: RawPage::default(),
        dropped_fields,
        traffic: Traffic::default(),
        transform_ms: milliseconds(began, engine.clock.now()),
    };
    let kept_keys = tail.len();
    Ok((
        fetched,
        Origin { window, link, kept_keys, confirmation, visible_sites, observed_at, raw: Some(raw) },
    ))
}

/// What the replayed run saw, with the counts of what its records became now.
pub(crate) async fn coverage(
    engine: &Engine,
    replay: &Replay,
    manifest: &Manifest,
    staged: &StagedPages<'_>,
) -> Result<Vec<StreamCoverage>, Failure> {
    let objects = engine.objects.as_ref();
    let before = RunKeys::new(&manifest.connection, &replay.run).coverage();
    let mut streams: Vec<StreamCoverage> = store::require(objects, &before).await?;
    for coverage in &mut streams {
        let pages = staged.of(coverage.stream).await?.into_iter();
        let read: Vec<PageSummary> =
            pages.filter(|page| page.page.series != Series::Confirm).cloned().collect();
        coverage.staged = read.iter().map(|page| page.staged).sum();
        coverage.rejected = read.iter().map(|page| page.rejected).sum();
        let rejected = RejectedRows::of(engine, &read).await?;
        (coverage.rejected_distinct, coverage.unread) = (Some(rejected.distinct), rejected.unread);
    }
    Ok(streams)
}
