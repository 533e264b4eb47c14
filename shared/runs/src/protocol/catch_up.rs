//! From staged pages to coverage: the count at the end, and bounded rounds of reads that close what a moving table
//! left open.

use crate::protocol::attempt::Attempt;
use causeway_coverage::{Evaluation, ROUNDS, evaluate, reads_for_missing_rows};
use causeway_ledger::{MERGE_BYTES, MadeOf, Staged, StagedLine, sorted_runs};

use crate::decide::rejected_rows::RejectedRows;
use crate::decide::rejects::Blocked;
use crate::run_objects::{StagedPages, given_up};
use crate::{Engine, store};
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{Count, PageId, PageSummary, Series, Window};
use causeway_domain::run::StreamPlan;
use causeway_domain::{Failure, Manifest, RowKey, WorkName};
use causeway_mutants::Mutant;
use std::collections::{BTreeMap, BTreeSet};

/// The coverage of all streams, or `None` while pages are being read for it.
pub(crate) async fn coverage(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
) -> Result<Option<Vec<StreamCoverage>>, Failure> {
    let manifest = &attempt.manifest;
    let mut streams = Vec::with_capacity(manifest.streams.len());
    for plan in &manifest.streams {
        // What one stream waits for, another may be asking for meanwhile.
        streams.extend(stream_coverage(engine, attempt, staged, plan).await?);
    }
    Ok((streams.len() == manifest.streams.len()).then_some(streams))
}

async fn stream_coverage(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
    plan: &StreamPlan,
) -> Result<Option<StreamCoverage>, Failure> {
    let keys = attempt.run();
    let mut count_at_end = None;
    for round in 0..=ROUNDS {
        let reads = reads_of(engine, keys, plan, round).await?;
        let Settled::All(count) = settled(engine, attempt, staged, (plan, round), &reads).await? else {
            return Ok(None);
        };
        // A count that was given up leaves the one before it in force.
        count_at_end = count.and_then(|count| count.rows).or(count_at_end);
        let list = keys.catch_up(plan.stream, round + 1);
        // What is to be read again was decided, and is not judged by the half of it that is there.
        if round < ROUNDS && store::exists(engine.objects.as_ref(), &list).await? {
            continue;
        }
        let pages: Vec<PageSummary> = staged.of(plan.stream).await?.into_iter().cloned().collect();
        let judged = judge(engine, keys, plan, &pages, (round, count_at_end)).await?;
        if judged.reads.is_empty() || round == ROUNDS {
            let read = read_pages(&pages);
            let rejected_without_key = Blocked::load(engine, &read).await?.without_key;
            let RejectedRows { distinct, unread } = RejectedRows::of(engine, &read).await?;
            let rejected_distinct = Some(distinct);
            let coverage = describe(&attempt.manifest, plan, &pages, judged);
            return Ok(Some(StreamCoverage { rejected_without_key, rejected_distinct, unread, ..coverage }));
        }
        store::create(engine.objects.as_ref(), &list, &judged.reads).await?;
    }
    Ok(None)
}

/// The pages that round `round` reads: none before the first.
async fn reads_of(
    engine: &Engine,
    keys: RunKeys<'_>,
    plan: &StreamPlan,
    round: u16,
) -> Result<Vec<(PageId, Window)>, Failure> {
    if round == 0 {
        return Ok(Vec::new());
    }
    let key = keys.catch_up(plan.stream, round);
    let windows: Vec<Window> = store::require(engine.objects.as_ref(), &key).await?;
    let page = |number| PageId { stream: plan.stream, series: Series::CatchUp(round), number };
    Ok((0..).map(page).zip(windows).collect())
}

/// How far a round of catch-up is.
enum Settled {
    /// Pages or the count are neither there nor given up.
    Open,
    /// All is there or given up. The count is missing where it was given up.
    All(Option<Count>),
}

/// How far the reads of a round and the count after them are; queues what is missing, once in an attempt.
async fn settled(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
    (plan, round): (&StreamPlan, u16),
    reads: &[(PageId, Window)],
) -> Result<Settled, Failure> {
    let (objects, stream) = (engine.objects.as_ref(), plan.stream);
    let count: Option<Count> = store::read(objects, &attempt.run().count(stream, round)).await?;
    // A vendor that gave no count at the start has none now.
    let counts = plan.count.is_some();
    let missing: Vec<_> = reads.iter().filter(|(page, _)| !staged.has(*page)).collect();
    let queued = attempt.keys().catch_up_queued(stream, round);
    if !store::exists(objects, &queued).await? {
        let ask = (counts && count.is_none()).then_some(Work::Count { stream, round });
        let read = missing.iter().map(|&&(page, window)| Work::Page { page, window });
        attempt.send(engine.queues.work.as_ref(), ask.into_iter().chain(read).collect::<Vec<_>>()).await?;
        store::create(objects, &queued, &true).await?;
    }
    let lost = given_up(engine, attempt.keys()).await?;
    let counted = !counts || count.is_some() || lost.contains(&WorkName::Count(stream, round));
    let read = missing.iter().all(|(page, _)| lost.contains(&WorkName::Page(*page)));
    Ok(if counted && read { Settled::All(count) } else { Settled::Open })
}

struct Judged {
    evaluation: Evaluation,
    distinct: u64,
    count_at_end: Option<u64>,
    reads: Vec<Window>,
}

async fn judge(
    engine: &Engine,
    keys: RunKeys<'_>,
    plan: &StreamPlan,
    pages: &[PageSummary],
    (round, count_at_end): (u16, Option<u64>),
) -> Result<Judged, Failure> {
    let mut evaluation = evaluate(plan, pages, round + 1);
    let distinct = match evaluation.distinct {
        Some(distinct) => distinct,
        None => distinct_rows(engine, keys, pages).await?,
    };
    // Rows that existed throughout are at most the smaller of the two counts.
    let least = count_at_end.into_iter().chain(plan.count).min();
    let mut reads = std::mem::take(&mut evaluation.reads);
    if let Some(least) = least.filter(|least| distinct < *least && !Mutant::ComparesNoCount.on()) {
        evaluation.gaps.push(format!("{distinct} unique rows were read, the vendor counts {least}"));
        if reads.is_empty() {
            reads = reads_for_missing_rows(plan);
        }
    }
    Ok(Judged { evaluation, distinct, count_at_end, reads })
}

/// The pages that were read for their rows, not for the count.
fn read_pages(pages: &[PageSummary]) -> Vec<PageSummary> {
    let read = |page: &&PageSummary| page.page.series != Series::Confirm;
    pages.iter().filter(read).cloned().collect()
}

/// Counts rows by their records or their reject, each key once.
async fn distinct_rows(engine: &Engine, keys: RunKeys<'_>, pages: &[PageSummary]) -> Result<u64, Failure> {
    let objects = &engine.objects;
    let read = read_pages(pages);
    let rejected = Blocked::load(engine, &read).await?;
    let mut rows = rejected.keys() + rows_without_key(&read);
    let mut staged = Staged::new(objects, sorted_runs(objects, keys, &read, MERGE_BYTES).await?);
    // All records of a row are records of one asset, and these come one after the other.
    let (mut asset, mut counted) = (String::new(), BTreeSet::new());
    while let Some(line) = staged.next().await? {
        let StagedLine { line: record, .. } = &line;
        if record.asset() != asset {
            (asset, counted) = (record.asset().to_owned(), BTreeSet::new());
        }
        let counts = match line.row()? {
            MadeOf::Row(key) if record.finding().is_empty() => counted.insert(key) && !rejected.asset(&asset),
            MadeOf::Row(key) => !rejected.row_with(&key) && counted.insert(key),
            MadeOf::First => true,
            MadeOf::Another => false,
        };
        rows += u64::from(counts || Mutant::CountsEachRecordAsARow.on());
    }
    Ok(rows)
}

/// Rows without a readable key, each once however often it was read, or it would stand in for a row that was never handed
/// out (I-3). What looks the same is several rows only where one page has it several times.
fn rows_without_key(pages: &[PageSummary]) -> u64 {
    let mut rows: BTreeMap<&RowKey, u64> = BTreeMap::new();
    for page in pages {
        let mut here: BTreeMap<&RowKey, u64> = BTreeMap::new();
        page.keyless.iter().for_each(|row| *here.entry(row).or_default() += 1);
        for (row, times) in here {
            let most = rows.entry(row).or_default();
            *most = (*most).max(times);
        }
    }
    rows.values().sum()
}

fn describe(manifest: &Manifest, plan: &StreamPlan, pages: &[PageSummary], judged: Judged) -> StreamCoverage {
    let Judged { mut evaluation, distinct, count_at_end, .. } = judged;
    if Mutant::SkipsTheCoverageCheck.on() {
        evaluation.gaps.clear();
    }
    let read = read_pages(pages);
    let sum = |figure: fn(&PageSummary) -> u64| read.iter().map(figure).fold(0, u64::saturating_add);
    let mut dropped: BTreeSet<_> =
        manifest.dropped_fields.iter().filter(|field| field.stream == plan.stream).cloned().collect();
    dropped.extend(pages.iter().flat_map(|page| page.dropped_fields.iter().cloned()));
    StreamCoverage {
        stream: plan.stream,
        evidence: evaluation.evidence,
        count_at_start: plan.count,
        count_at_end,
        pages: read.len() as u64,
        fetched: sum(|page| page.fetched),
        distinct,
        staged: sum(|page| page.staged),
        rejected: sum(|page| page.rejected),
        rejected_distinct: None,
        rejected_without_key: 0,
        unread: Vec::new(),
        catch_up_pages: read.iter().filter(|page| !page.page.series.is_planned()).count() as u64,
        dropped_fields: dropped.into_iter().collect(),
        gaps: evaluation.gaps,
    }
}
