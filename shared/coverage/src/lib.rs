//! Coverage of one stream (see `domain::coverage`): whether its pages join up and reach the end, and which windows to read
//! again where they do not. Pure.

pub mod chain;

use causeway_domain::coverage::Evidence;
use causeway_domain::page::{Series, Window};
use causeway_domain::reading::{Cursor, Reading};
use causeway_domain::run::StreamPlan;
use causeway_domain::{PageSummary, RowKey};
use causeway_mutants::Mutant;
use std::collections::BTreeMap;

/// Rounds of catch-up reads before a gap is declared.
pub const ROUNDS: u16 = 3;

/// Limit of reads in one round; more would be a second run inside the first.
const READS: usize = 64;

/// A stream of at most this many pages is read again as a whole if rows are missing and no gap shows where.
const SMALL: u32 = 32;

/// The coverage that the pages of a stream show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The kind of evidence that was evaluated.
    pub evidence: Evidence,
    /// Reasons why the stream is incomplete; none if all seams are closed.
    pub gaps: Vec<String>,
    /// Windows to read to close them.
    pub reads: Vec<Window>,
    /// Unique rows fetched, if the overlaps alone determine it.
    pub distinct: Option<u64>,
}

/// Evaluates all pages of one stream, including catch-up reads. `round` is the number of the next round, from 1.
pub fn evaluate(plan: &StreamPlan, pages: &[PageSummary], round: u16) -> Evaluation {
    match &plan.reading {
        Reading::Windows | Reading::NumberedPages => evaluate_seams(plan, pages, round),
        Reading::Chains { starts } => evaluate_chains(starts, pages),
    }
}

/// A chain cannot be read again in parts, so there is nothing to read where it has a gap.
fn evaluate_chains(starts: &[Cursor], pages: &[PageSummary]) -> Evaluation {
    let by_id = starts.iter().all(|start| matches!(start, Cursor::Id { .. }));
    let evidence = if by_id { Evidence::Keyset } else { Evidence::Chain };
    let gaps = chain::gaps(starts, pages);
    let fetched = || pages.iter().map(|page| page.fetched).sum();
    let begun_anew =
        |page: &PageSummary| matches!(page.page.series, Series::Chain(chain) if chain.restart > 0);
    // Ids that ascend strictly come once.
    let distinct = (by_id && gaps.is_empty() && !pages.iter().any(begun_anew)).then(fetched);
    Evaluation { evidence, gaps, distinct, reads: Vec::new() }
}

fn evaluate_seams(plan: &StreamPlan, pages: &[PageSummary], round: u16) -> Evaluation {
    let seams = Seams::of(plan, pages, round);
    let mut evaluation = Evaluation { distinct: seams.distinct(), ..Evaluation::default() };
    if !Mutant::ChecksNoSeam.on() {
        seams.gaps(&mut evaluation);
    }
    evaluation.reads.sort_by_key(|window| window.offset);
    evaluation.reads.dedup();
    evaluation.reads.truncate(READS);
    evaluation
}

/// Windows to read if the pages join up but have fewer rows than the vendor counts.
pub fn reads_for_missing_rows(plan: &StreamPlan) -> Vec<Window> {
    if matches!(plan.reading, Reading::Chains { .. }) {
        return Vec::new();
    }
    let first = if plan.pages <= SMALL { 0 } else { plan.pages - 1 };
    let last = (plan.pages - first).saturating_add(1);
    plan.windows_from(0).skip(first as usize).take(last as usize).collect()
}

/// Pages with rows, each with the group of pages that it is joined to.
struct Seams<'a> {
    plan: &'a StreamPlan,
    /// Pages with rows: first those of the manifest in order, then catch-up reads.
    pages: Vec<(&'a PageSummary, Window)>,
    mains: usize,
    group: Vec<usize>,
    /// Rows by which a catch-up read reaches back; grows with each round.
    back: u64,
}

impl<'a> Seams<'a> {
    fn of(plan: &'a StreamPlan, all: &'a [PageSummary], round: u16) -> Self {
        let with_rows = |main: bool| {
            let of_series = move |page: &&PageSummary| match page.page.series {
                Series::Main => main,
                Series::CatchUp(_) => !main,
                Series::Chain(_) | Series::Confirm => false,
            };
            let filled = all.iter().filter(of_series).filter(|page| page.fetched > 0);
            filled.filter_map(|page| page.window.map(|window| (page, window)))
        };
        let mut pages: Vec<_> = with_rows(true).collect();
        pages.sort_by_key(|(page, _)| page.page.number);
        let mains = pages.len();
        pages.extend(with_rows(false));
        let group = join(&pages);
        let doubled = u32::from(round.saturating_sub(1)) * 2;
        let back = (u64::from(plan.page_size) / 2).max(1) << doubled.min(16);
        Self { plan, pages, mains, group, back }
    }

    fn group_of(&self, index: usize) -> Option<usize> {
        self.group.get(index).copied()
    }

    /// Rows fetched without the rows that neighbours share, if every page starts inside the one before it.
    fn distinct(&self) -> Option<u64> {
        if self.pages.len() != self.mains {
            return None;
        }
        let mut rows = 0;
        let mut before: Option<&(&PageSummary, Window)> = None;
        for page in &self.pages {
            rows = page.0.fetched.saturating_add(rows);
            if let Some(before) = before {
                rows = rows.saturating_sub(shared_rows(before, page)?);
            }
            before = Some(page);
        }
        Some(rows)
    }

    fn gaps(&self, evaluation: &mut Evaluation) {
        let Some((_, last_window)) = self.pages.get(self.mains.saturating_sub(1)) else { return };
        let start = self.pages.iter().position(|(_, window)| window.offset == 0);
        let Some(mut before) = start else {
            evaluation.gaps.push("the first page was empty, but later pages were not".to_owned());
            evaluation.reads.push(Window { offset: 0, limit: self.plan.page_size });
            return;
        };
        for index in 0..self.mains {
            if self.group_of(index) != self.group_of(before) {
                self.gap(before, index, evaluation);
            }
            before = index;
        }
        let group = self.group_of(before);
        let ends = |(index, (page, window)): (usize, &(&PageSummary, Window))| {
            let short = page.fetched < u64::from(window.limit);
            short && window.offset >= last_window.offset && self.group_of(index) == group
        };
        if !self.pages.iter().enumerate().any(ends) && !Mutant::StopsBeforeTheEnd.on() {
            evaluation.gaps.push(format!("the end was not reached after row {}", self.end(before)));
            self.read(self.end(before), self.end(before), evaluation);
        }
    }

    fn gap(&self, before: usize, after: usize, evaluation: &mut Evaluation) {
        let (from, to) = (self.end(before), self.pages.get(after).map_or(0, |(_, window)| window.offset));
        evaluation.gaps.push(format!("rows may be missing between rows {from} and {}", to.max(from)));
        self.read(from, to, evaluation);
    }

    /// Row number after the last row of a page, as the vendor counted when it was read.
    fn end(&self, index: usize) -> u64 {
        self.pages.get(index).map_or(0, |(page, window)| window.offset.saturating_add(page.fetched))
    }

    /// Reads from before `from` to behind `to`, so that they overlap both sides even if the table moved.
    fn read(&self, from: u64, to: u64, evaluation: &mut Evaluation) {
        let behind = to.max(from).saturating_add(self.back);
        for (read, window) in self.plan.windows_from(from.saturating_sub(1 + self.back)).enumerate() {
            if read > 0 && window.offset > behind || evaluation.reads.len() > READS {
                break;
            }
            evaluation.reads.push(window);
        }
    }
}

/// Number of rows at the end of `before` that `page` begins with; `None` if it does not begin inside `before`. If several rows
/// have the key of the first one, the offsets decide which of them it is, or else the earliest is taken.
fn shared_rows(before: &(&PageSummary, Window), page: &(&PageSummary, Window)) -> Option<u64> {
    let (tail, first) = (&before.0.tail, page.0.first.as_ref()?);
    let by_offset = before.1.offset.saturating_add(before.0.fetched).checked_sub(page.1.offset);
    let told = by_offset.and_then(|rows| tail.len().checked_sub(usize::try_from(rows).ok()?));
    let at = match told.filter(|at| tail.get(*at) == Some(first)) {
        Some(at) => at,
        None => tail.iter().position(|key| key == first)?,
    };
    Some((tail.len() - at) as u64)
}

/// Assigns a group number to each page; pages of one group share rows. Rows without a readable key join nothing.
fn join(pages: &[(&PageSummary, Window)]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..pages.len()).collect();
    let mut holder: BTreeMap<&RowKey, usize> = BTreeMap::new();
    for (index, (page, _)) in pages.iter().enumerate() {
        for key in page.first.iter().chain(&page.tail).filter(|key| !key.is_keyless()) {
            let Some(other) = holder.insert(key, index) else { continue };
            let (from, to) = (root(&group, other), root(&group, index));
            if let Some(place) = group.get_mut(from) {
                *place = to;
            }
        }
    }
    (0..pages.len()).map(|index| root(&group, index)).collect()
}

fn root(group: &[usize], mut index: usize) -> usize {
    while let Some(parent) = group.get(index).copied().filter(|parent| *parent != index) {
        index = parent;
    }
    index
}

#[cfg(test)]
mod tests;
