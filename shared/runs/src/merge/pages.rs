//! Staged pages as sorted runs, merged beforehand where too many overlap.

use super::cursor::Keyed;
use super::staged::Staged;
use crate::ndjson::{self, SEGMENT_BYTES};
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageSummary, Series};
use causeway_domain::{Failure, FindingKey, Stream};
use causeway_ports::Objects;
use causeway_reconcile::mutant;
use jiff::Timestamp;

/// Unpacked bytes that one merge may hold open.
pub(crate) const MERGE_BYTES: u64 = 96 << 20;

/// A sequence of objects that together are sorted by key.
#[derive(Debug, Clone)]
pub(crate) struct SortedRun {
    /// The objects, in order.
    pub(crate) objects: Vec<String>,
    /// Smallest and largest key.
    pub(crate) range: (FindingKey, FindingKey),
    /// Unpacked size of its largest object: what holding it open costs.
    pub(crate) open_bytes: u64,
    /// Of two records with one key the one observed later counts.
    pub(crate) observed_at: Timestamp,
    /// Whether it answers a confirming question.
    pub(crate) asked: bool,
}

impl SortedRun {
    fn of(page: &PageSummary) -> Option<Self> {
        let (data, range) = (page.data.clone()?, page.key_range.clone()?);
        let asked = page.page.series == Series::Confirm;
        let (open_bytes, observed_at) = (page.data_bytes, page.observed_at);
        Some(Self { objects: vec![data], range, open_bytes, observed_at, asked })
    }
}

/// The pages as sorted runs that [`Staged`] can hold open within `budget` bytes.
pub(crate) async fn sorted_runs(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    pages: &[PageSummary],
    budget: u64,
) -> Result<Vec<SortedRun>, Failure> {
    let mut runs: Vec<SortedRun> = pages.iter().filter_map(SortedRun::of).collect();
    runs.retain(|run| !run.asked || !mutant::on("ignores-what-a-question-finds"));
    runs.sort_by(|a, b| a.range.cmp(&b.range));
    let mut pass = 0;
    while open_at_once(&runs) > budget && runs.iter().filter(|run| !run.asked).count() > 1 {
        runs = merge_pass(objects, keys, runs, budget, pass).await?;
        pass += 1;
    }
    Ok(runs)
}

/// The most bytes that a merge of `runs`, sorted by first key, holds open at one moment.
fn open_at_once(runs: &[SortedRun]) -> u64 {
    let mut open: Vec<&SortedRun> = Vec::new();
    let mut most = 0;
    for run in runs {
        open.retain(|other| other.range.1 >= run.range.0);
        open.push(run);
        most = most.max(open.iter().map(|other| other.open_bytes).fold(0, u64::saturating_add));
    }
    most
}

/// Merges runs that were observed one after the other in groups that fit the budget; so of two groups one is the later
/// one for every key, and the later record still counts. Answers to questions stay apart, because a record that is in
/// one of them only must still be told from one that was seen unasked.
async fn merge_pass(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    runs: Vec<SortedRun>,
    budget: u64,
    pass: u32,
) -> Result<Vec<SortedRun>, Failure> {
    let (asked, mut seen): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.asked);
    seen.sort_by(|a, b| (a.observed_at, &a.range, &a.objects).cmp(&(b.observed_at, &b.range, &b.objects)));
    let mut merged = asked;
    let mut group: Vec<SortedRun> = Vec::new();
    let mut number = 0;
    let mut size = 0;
    for run in seen {
        // Two at least, else a pass would change nothing.
        if group.len() >= 2 && run.open_bytes.saturating_add(size) > budget {
            merged.extend(merge_group(objects, keys, std::mem::take(&mut group), pass, number).await?);
            (number, size) = (number + 1, 0);
        }
        size = run.open_bytes.saturating_add(size);
        group.push(run);
    }
    merged.extend(merge_group(objects, keys, group, pass, number).await?);
    merged.sort_by(|a, b| a.range.cmp(&b.range));
    Ok(merged)
}

async fn merge_group(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    mut group: Vec<SortedRun>,
    pass: u32,
    number: u32,
) -> Result<Option<SortedRun>, Failure> {
    let Some(observed_at) = group.iter().map(|run| run.observed_at).max() else { return Ok(None) };
    group.sort_by(|a, b| a.range.cmp(&b.range));
    let mut staged = Staged::new(group);
    let mut written = Vec::new();
    let mut text = Vec::new();
    let mut range: Option<(FindingKey, FindingKey)> = None;
    loop {
        let next = staged.next(objects).await?;
        if text.len() >= SEGMENT_BYTES || (next.is_none() && !text.is_empty()) {
            let part = written.len() as u32;
            let key_of = |hash: &str| keys.merged(Stream::Findings, pass, number, part, hash);
            written.push(ndjson::put(objects, &text, key_of).await?);
            text.clear();
        }
        let Some(line) = next else { break };
        let Keyed { key, line } = line.keyed;
        text.extend_from_slice(&line);
        text.push(b'\n');
        range = Some(match range {
            Some((first, _)) => (first, key),
            None => (key.clone(), key),
        });
    }
    let open_bytes = SEGMENT_BYTES as u64;
    Ok(range.map(|range| SortedRun { objects: written, range, open_bytes, observed_at, asked: false }))
}
