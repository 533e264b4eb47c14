//! Timeline of a run, from its stored objects.

use causeway_domain::{PageSummary, Series, Stream};
use causeway_runs::RunDetails;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// One phase of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The work of the phase.
    pub what: String,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// Milliseconds in between.
    pub took_ms: u64,
    /// Number of pages, direct queries or batches in it.
    pub pieces: u64,
}

/// The phases of a run in order of their start. Pages of several streams are read in parallel, so phases
/// overlap.
pub(crate) fn timeline(details: &RunDetails) -> Vec<Stretch> {
    let manifest = details.manifest.as_ref();
    // The pages of a replay have the times at which the vendor answered the run that kept them.
    let replay = manifest.is_some_and(|manifest| manifest.replay.is_some());
    let mut stretches = if replay { Vec::new() } else { reads(details) };
    let read = if replay {
        manifest.map(|manifest| manifest.started_at)
    } else {
        let counted = details.counts.iter().map(|(_, _, count)| count.observed_at);
        details.pages.iter().map(|page| page.observed_at).chain(counted).max()
    };
    let figures = details.receipts.iter().map(|receipt| &receipt.figures);
    let batches: Vec<_> = figures.filter_map(|f| Some((earlier(f.at?, f.took_ms), f.at?))).collect();
    let (first, last) = (batches.iter().map(|b| b.0).min(), batches.iter().map(|b| b.1).max());
    let ended = details.outcome.as_ref().map(|outcome| outcome.ended_at);
    let asked = details.interventions.first().map(|intervention| intervention.at);
    let compared = [first.or(ended), asked].into_iter().flatten().min();
    if let (Some(from), Some(to), Some(_)) = (read, compared, &details.plan) {
        let what =
            if replay { "mapped stored pages, compared with the ledger" } else { "compared with the ledger" };
        stretches.push(stretch(what.to_owned(), from, to.max(from), 1));
    }
    if let (Some(from), Some(to)) = (first, last) {
        stretches.push(stretch("delivered batches".to_owned(), from, to, batches.len() as u64));
    }
    if let (Some(from), Some(to)) = (last, ended) {
        stretches.push(stretch("decided and committed".to_owned(), from, to.max(from), 1));
    }
    stretches.sort_by_key(|stretch| stretch.from);
    stretches
}

/// The phases that query the vendor.
fn reads(details: &RunDetails) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let started = details.manifest.as_ref().map(|manifest| manifest.started_at);
    let first_page = details.pages.iter().map(began).min();
    if let (Some(from), Some(to)) = (started, first_page) {
        stretches.push(stretch("queried row counts".to_owned(), from, to.max(from), 1));
    }
    for stream in Stream::ALL {
        stretches.extend(reading(details, format!("read pages of {stream}"), |page| {
            page.page.stream == stream && page.page.series.is_planned()
        }));
    }
    let counted = || details.counts.iter().map(|(_, _, count)| count);
    let from = counted().map(|count| earlier(count.observed_at, count.took_ms)).min();
    if let (Some(from), Some(to)) = (from, counted().map(|count| count.observed_at).max()) {
        stretches.push(stretch("recounted".to_owned(), from, to, counted().count() as u64));
    }
    for round in 1..=u16::from(u8::MAX) {
        let caught_up = reading(details, format!("closed gaps, round {round}"), |page| {
            page.page.series == Series::CatchUp(round)
        });
        let Some(caught_up) = caught_up else { break };
        stretches.push(caught_up);
    }
    stretches.extend(reading(details, "queried missing records".to_owned(), |page| {
        page.page.series == Series::Confirm
    }));
    stretches
}

fn reading(details: &RunDetails, what: String, of: impl Fn(&&PageSummary) -> bool) -> Option<Stretch> {
    let pages: Vec<_> = details.pages.iter().filter(of).collect();
    let from = pages.iter().map(|page| began(page)).min()?;
    let to = pages.iter().map(|page| page.observed_at).max()?;
    Some(stretch(what, from, to, pages.len() as u64))
}

/// Start of the successful attempt at a page.
fn began(page: &PageSummary) -> Timestamp {
    earlier(page.observed_at, page.figures.fetch_ms + page.figures.transform_ms)
}

fn earlier(at: Timestamp, milliseconds: u64) -> Timestamp {
    let pause = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or_default());
    at.checked_sub(pause).unwrap_or(at)
}

fn stretch(what: String, from: Timestamp, to: Timestamp, pieces: u64) -> Stretch {
    let took_ms = u64::try_from(to.duration_since(from).as_millis()).unwrap_or_default();
    Stretch { what, from, to, took_ms, pieces }
}
