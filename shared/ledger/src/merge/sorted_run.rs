//! Staged pages as sorted runs, merged beforehand where too many overlap.

use crate::merge::Staged;
use crate::segment::{self, SEGMENT_BYTES};
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageSummary, Series};
use causeway_domain::{Failure, FindingKey, Stream};
use causeway_mutants::Mutant;
use causeway_ports::Objects;
use jiff::Timestamp;
use std::sync::Arc;

/// Unpacked bytes that one merge may hold open.
pub const MERGE_BYTES: u64 = 96 << 20;

/// A sequence of objects that together are sorted by key.
#[derive(Debug, Clone)]
pub struct SortedRun {
    /// The objects, in order.
    pub objects: Vec<String>,
    /// Smallest and largest key.
    pub range: (FindingKey, FindingKey),
    /// What holding it open costs, unpacked.
    pub open_bytes: u64,
    /// Of two records with one key the one observed later counts.
    pub observed_at: Timestamp,
    /// Whether it answers a confirming question.
    pub asked: bool,
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
pub async fn sorted_runs<'p>(
    objects: &Arc<dyn Objects>,
    keys: RunKeys<'_>,
    pages: impl IntoIterator<Item = &'p PageSummary>,
    budget: u64,
) -> Result<Vec<SortedRun>, Failure> {
    let mut runs: Vec<SortedRun> = pages.into_iter().filter_map(SortedRun::of).collect();
    runs.retain(|run| !run.asked || !Mutant::IgnoresWhatAQuestionFinds.on());
    runs.sort_by(|a, b| a.range.cmp(&b.range));
    let mut pass = 0;
    let several = |runs: &[SortedRun], asked| runs.iter().filter(|run| run.asked == asked).count() > 1;
    while open_at_once(&runs) > budget && (several(&runs, false) || several(&runs, true)) {
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
/// one for every key, and the later record still counts. Answers to questions are merged with each other only, because
/// a record that is in one of them only must still be told from one that was seen unasked.
async fn merge_pass(
    objects: &Arc<dyn Objects>,
    keys: RunKeys<'_>,
    runs: Vec<SortedRun>,
    budget: u64,
    pass: u32,
) -> Result<Vec<SortedRun>, Failure> {
    let (asked, seen): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.asked);
    let mut merged = Vec::new();
    let mut number = 0;
    for mut runs in [asked, seen] {
        runs.sort_by(|a, b| {
            (a.observed_at, &a.range, &a.objects).cmp(&(b.observed_at, &b.range, &b.objects))
        });
        let mut runs = runs.into_iter().peekable();
        while let Some(first) = runs.next() {
            let mut size = first.open_bytes;
            let mut group = vec![first];
            // Two at least, else a pass would change nothing.
            while let Some(run) =
                runs.next_if(|run| group.len() < 2 || run.open_bytes.saturating_add(size) <= budget)
            {
                size = run.open_bytes.saturating_add(size);
                group.push(run);
            }
            merged.extend(merge_group(objects, keys, group, pass, number).await?);
            number += 1;
        }
    }
    merged.sort_by(|a, b| a.range.cmp(&b.range));
    Ok(merged)
}

async fn merge_group(
    objects: &Arc<dyn Objects>,
    keys: RunKeys<'_>,
    mut group: Vec<SortedRun>,
    pass: u32,
    number: u32,
) -> Result<Option<SortedRun>, Failure> {
    let Some((asked, observed_at)) = group.iter().map(|run| (run.asked, run.observed_at)).max() else {
        return Ok(None);
    };
    group.sort_by(|a, b| a.range.cmp(&b.range));
    let mut staged = Staged::new(objects, group);
    let mut written = Vec::new();
    let mut text = Vec::new();
    let mut range: Option<(FindingKey, FindingKey)> = None;
    loop {
        let next = staged.next().await?;
        if text.len() >= SEGMENT_BYTES || (next.is_none() && !text.is_empty()) {
            let part = written.len() as u32;
            let key_of = |hash: &str| keys.merged(Stream::Findings, pass, number, part, hash);
            written.push(segment::put(objects.as_ref(), std::mem::take(&mut text), key_of).await?);
        }
        let Some(line) = next else { break };
        let (text_of_line, key) = (&line.line.text, line.line.key());
        text.extend_from_slice(text_of_line);
        text.push(b'\n');
        range = Some(match range {
            Some((first, _)) => (first, key),
            None => (key.clone(), key),
        });
    }
    // The next object is read while one is used.
    let open_bytes = 2 * SEGMENT_BYTES as u64;
    Ok(range.map(|range| SortedRun { objects: written, range, open_bytes, observed_at, asked }))
}
