//! The objects of a run, read back: which runs there are, and the pages, receipts and dead letters of one.

use crate::protocol::attempt;
use crate::{Engine, store};
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::{self, AttemptKeys, AttemptObject, ConnectionKeys, RunKeys, RunObject};
use causeway_domain::page::Count;
use causeway_domain::run::RunOutcome;
use causeway_domain::{
    ConnectionName, ConnectionRecord, Failure, Manifest, PageId, PageSummary, RunId, Series, Stored, Stream,
    WorkName,
};
use causeway_ledger::segment;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::{Mutex, OnceCell};

/// Objects read side by side when a run is looked at.
const READ_AHEAD: usize = 16;

/// Verdicts or rejects shown at most.
pub(crate) const SHOWN: usize = 100_000;

/// A folder with the name of a run.
pub(crate) struct RunFolder {
    pub(crate) run: RunId,
    /// `None` if there is none, or it is damaged.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) outcome: Option<RunOutcome>,
    /// Whether something of it, even if damaged, tells that it was started.
    pub(crate) is_run: bool,
}

/// All folders that have the name of a run, newest first.
pub(crate) async fn run_folders(engine: &Engine, name: &ConnectionName) -> Result<Vec<RunFolder>, Failure> {
    let keys = ConnectionKeys(name);
    let objects = engine.objects.as_ref();
    let mut ids: BTreeMap<RunId, bool> = BTreeMap::new();
    for key in objects.list(&keys.runs()).await? {
        let Some((_, run, object)) = layout::of_run(&key) else { continue };
        *ids.entry(run).or_default() |= RunObject::parse(object).as_ref().is_some_and(tells_of_a_run);
    }
    // Read after the list: whoever wrote to a folder had claimed it before.
    let record: Option<ConnectionRecord> = store::unless_damaged(store::read(objects, &keys.state()).await)?;
    let current = record.and_then(|record| record.current_run);
    let mut folders = Vec::with_capacity(ids.len());
    for (run, told) in ids.into_iter().rev() {
        let keys = RunKeys::new(name, &run);
        // One damaged run must not hide the others.
        let manifest = store::unless_damaged(store::read(objects, &keys.manifest()).await)?;
        let outcome = store::unless_damaged(attempt::outcome(engine, name, &run).await)?;
        let is_run = told || current.as_ref() == Some(&run);
        folders.push(RunFolder { run, manifest, outcome, is_run });
    }
    // Ids tell apart seconds only. The current run without either has only just been claimed.
    folders.sort_by_key(|RunFolder { run, manifest, outcome, .. }| {
        let started = manifest.as_ref().map(|manifest| manifest.started_at);
        let started = started.or(outcome.as_ref().map(|outcome| outcome.started_at));
        let claimed = current.as_ref() == Some(run);
        Reverse(started.or(run.at().filter(|_| !claimed)).unwrap_or(Timestamp::MAX))
    });
    Ok(folders)
}

/// Whether an object of a run is its manifest or one of its outcomes.
pub(crate) const fn tells_of_a_run(object: &RunObject) -> bool {
    matches!(object, RunObject::Manifest | RunObject::Attempt(_, AttemptObject::Outcome))
}

/// Reads a whole list of records.
///
/// # Errors
/// `StoreDamaged` when the list is gone or cannot be read.
pub async fn records<T: Stored>(engine: &Engine, key: &str) -> Result<Vec<T>, Failure> {
    let text = segment::get(engine.objects.as_ref(), key).await?;
    let parse =
        |line: bytes::Bytes| T::from_json(&line).map_err(|error| store::damaged(key, &error.to_string()));
    segment::lines(&text).map(parse).collect()
}

/// The pages of a run that were staged when they were listed. Each summary is read once, when the first is needed.
pub(crate) struct StagedPages<'a> {
    engine: &'a Engine,
    keys: RunKeys<'a>,
    listed: BTreeSet<PageId>,
    summaries: OnceCell<Vec<PageSummary>>,
    /// Of chains the last pages alone, read while a chain is under way.
    last_links: Mutex<BTreeMap<PageId, PageSummary>>,
}

impl<'a> StagedPages<'a> {
    /// Lists the pages of all streams.
    pub(crate) async fn list(engine: &'a Engine, keys: RunKeys<'a>) -> Result<Self, Failure> {
        let mut listed = BTreeSet::new();
        for stream in Stream::ALL {
            let found = engine.objects.list(&keys.pages(stream)).await?;
            listed.extend(found.iter().filter_map(|key| match keys.object(key)? {
                RunObject::PageSummary(page) => Some(page),
                _ => None,
            }));
        }
        Ok(Self { engine, keys, listed, summaries: OnceCell::new(), last_links: Mutex::default() })
    }

    /// Lists the pages of all streams and reads their summaries, see [`Self::summaries`].
    pub(crate) async fn read(engine: &Engine, keys: RunKeys<'_>) -> Result<Vec<PageSummary>, Failure> {
        let staged = StagedPages::list(engine, keys).await?;
        staged.summaries().await?;
        Ok(staged.summaries.into_inner().unwrap_or_default())
    }

    /// Whether `page` is staged.
    pub(crate) fn has(&self, page: PageId) -> bool {
        self.listed.contains(&page)
    }

    /// How many of the pages that a run set out to read are staged.
    pub(crate) fn planned(&self, stream: Stream) -> u64 {
        self.listed.iter().filter(|page| page.stream == stream && page.series.is_planned()).count() as u64
    }

    /// The last page of the chain that is in force in `lane`: of chains that were begun anew the last.
    pub(crate) async fn last_link(&self, stream: Stream, lane: u16) -> Result<Option<PageSummary>, Failure> {
        let of_lane = |page: &&PageId| {
            page.stream == stream && matches!(page.series, Series::Chain(chain) if chain.lane == lane)
        };
        let Some(page) = self.listed.iter().filter(of_lane).max().copied() else { return Ok(None) };
        let mut read = self.last_links.lock().await;
        if let Some(link) = read.get(&page) {
            return Ok(Some(link.clone()));
        }
        let key = self.keys.page_summary(page);
        let link: PageSummary = store::require(self.engine.objects.as_ref(), &key).await?;
        read.insert(page, link.clone());
        Ok(Some(link))
    }

    /// How many pages of a series are staged.
    pub(crate) fn count(&self, stream: Stream, series: Series) -> u64 {
        self.listed.iter().filter(|page| page.stream == stream && page.series == series).count() as u64
    }

    /// The summaries by stream; of each stream the pages of the manifest come first.
    pub(crate) async fn summaries(&self) -> Result<&[PageSummary], Failure> {
        let read = async || {
            let known = self.last_links.lock().await;
            let new = self.listed.iter().filter(|page| !known.contains_key(page));
            let keys = new.map(|page| self.keys.page_summary(*page)).collect();
            let mut read: Vec<PageSummary> = read_all(self.engine, keys).await?;
            read.extend(known.values().cloned());
            read.sort_by_key(|page| (page.page.stream, !page.page.series.is_planned(), page.page));
            Ok(read)
        };
        self.summaries.get_or_try_init(read).await.map(Vec::as_slice)
    }

    /// The summaries of one stream.
    pub(crate) async fn of(&self, stream: Stream) -> Result<Vec<&PageSummary>, Failure> {
        Ok(self.summaries().await?.iter().filter(|page| page.page.stream == stream).collect())
    }
}

/// The vendor's counts at the ends of rounds of catch-up, with stream and round, in order.
pub(crate) async fn counts(engine: &Engine, keys: RunKeys<'_>) -> Result<Vec<(Stream, u16, Count)>, Failure> {
    let mut counts = Vec::new();
    for stream in Stream::ALL {
        for key in engine.objects.list(&keys.counts(stream)).await? {
            if let Some(RunObject::Count(stream, round)) = keys.object(&key) {
                counts.push((stream, round, store::require(engine.objects.as_ref(), &key).await?));
            }
        }
    }
    counts.sort_by_key(|(stream, round, _)| (*stream, *round));
    Ok(counts)
}

/// What is known of the deliveries of a run, in their order: of each the last receipt or, where the last attempt wrote none,
/// what its last try settled.
pub(crate) async fn receipts(engine: &Engine, keys: RunKeys<'_>) -> Result<Vec<Receipt>, Failure> {
    let mut last: BTreeMap<u32, (Place, String)> = BTreeMap::new();
    for key in engine.objects.list(&keys.receipts()).await? {
        let Some((delivery, place)) = keys.object(&key).and_then(|object| Place::of(&object)) else {
            continue;
        };
        let known = last.entry(delivery).or_insert_with(|| (place, key.clone()));
        if place > known.0 {
            *known = (place, key);
        }
    }
    read_all(engine, last.into_values().map(|(_, key)| key).collect()).await
}

/// Place of a receipt among those of its delivery: each holds what the ones before it tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    attempt: u32,
    is_final: bool,
    nth: u32,
}

impl Place {
    /// Delivery and place of an object, if it is a receipt.
    fn of(object: &RunObject) -> Option<(u32, Self)> {
        match *object {
            RunObject::Attempt(attempt, AttemptObject::Receipt(delivery)) => {
                Some((delivery, Self { attempt, is_final: true, nth: 0 }))
            }
            RunObject::Attempt(attempt, AttemptObject::PartialReceipt(delivery, nth)) => {
                Some((delivery, Self { attempt, is_final: false, nth }))
            }
            _ => None,
        }
    }
}

/// Delivery and attempt of each receipt, in order; without what tries settled that left items to be sent again.
pub(crate) async fn receipt_names(
    engine: &Engine,
    keys: RunKeys<'_>,
) -> Result<BTreeSet<(u32, u32)>, Failure> {
    let of_key = |key: &String| match keys.object(key)? {
        RunObject::Attempt(attempt, AttemptObject::Receipt(delivery)) => Some((delivery, attempt)),
        _ => None,
    };
    Ok(engine.objects.list(&keys.receipts()).await?.iter().filter_map(of_key).collect())
}

/// Names of the work that failed for good in an attempt.
pub(crate) async fn given_up(engine: &Engine, keys: AttemptKeys<'_>) -> Result<BTreeSet<WorkName>, Failure> {
    let listed = engine.objects.list(&keys.dead_letters()).await?;
    let name = |key: &String| match keys.run.object(key)? {
        RunObject::Attempt(_, AttemptObject::DeadLetter(work)) => Some(work),
        _ => None,
    };
    Ok(listed.iter().filter_map(name).collect())
}

pub(crate) async fn read_all<T: Stored>(engine: &Engine, keys: Vec<String>) -> Result<Vec<T>, Failure> {
    let read = |key: String| async move { store::require::<T>(engine.objects.as_ref(), &key).await };
    futures::stream::iter(keys).map(read).buffered(READ_AHEAD).try_collect().await
}
