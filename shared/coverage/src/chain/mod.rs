//! Chains: whether each page continues the one before it, from the first to the vendor's own end.

use causeway_domain::page::{Chain, Series};
use causeway_domain::reading::{Continuation, Cursor, Link, Next};
use causeway_domain::run::StreamPlan;
use causeway_domain::{PageId, PageSummary};
use causeway_mutants::Mutant;

/// Most pages for each that the vendor's count lets expect: a vendor may return fewer rows than it is asked for.
const PAGES_FOR_ONE: u32 = 20;

/// Pages that every chain may have besides.
const ANY_CHAIN: u32 = 64;

/// Most pages where the vendor gives no count.
const WITHOUT_COUNT: u32 = 100_000;

/// The link of page `number` of a chain, which was read at `from` and returned `rows` rows. `ids` are those of its rows in the
/// vendor's order, empty where an opaque cursor continues the chain. `cycle_check` is that of the page before.
///
/// Brent's algorithm: each next cursor is compared with one earlier one, which is replaced at pages 1, 2, 4, 8 and so on, so a
/// cycle is detected after at most three times its length.
pub fn link(
    plan: &StreamPlan,
    (number, from): (u32, Cursor),
    cycle_check: Option<Cursor>,
    (continuation, rows, ids): (Continuation, u64, &[u64]),
) -> Link {
    let cycle_check = if number == 0 || number.is_power_of_two() { Some(from.clone()) } else { cycle_check };
    let broken = |reason: String| Next::Broken { reason };
    let next = match (continuation, &from) {
        (Continuation::End, _) => Next::End,
        (Continuation::Unfollowable(reason), _) => broken(reason),
        (Continuation::Cursor(cursor), _) => Next::Page { at: Cursor::Opaque { cursor: Some(cursor) } },
        (Continuation::AfterLastId, Cursor::Id { until, .. }) => match ids.last() {
            Some(last) => Next::Page {
                at: Cursor::Id { after: Some(last + u64::from(Mutant::SkipsAnId.on())), until: *until },
            },
            None => broken("a page without rows says that more follow".to_owned()),
        },
        (Continuation::AfterLastId, Cursor::Opaque { .. }) => {
            broken("the vendor says that more follow, but not where".to_owned())
        }
    };
    let next = match next {
        Next::Page { at } if at == from || Some(&at) == cycle_check.as_ref() => {
            broken("the vendor leads back to a page that was read before".to_owned())
        }
        Next::Page { .. } if number.saturating_add(1) >= most_pages(plan) => {
            broken(format!("it does not end after {} pages", most_pages(plan)))
        }
        next => next,
    };
    // Where rows are filtered away a page may be empty, but so it is where they were lost.
    let lost = rows == 0 && !matches!(next, Next::End);
    let lost = lost.then(|| "it has no rows, though more follow".to_owned());
    Link { doubt: lost.or_else(|| disorder(&from, ids)), next, cycle_check, from }
}

fn most_pages(plan: &StreamPlan) -> u32 {
    plan.count.map_or(WITHOUT_COUNT, |_| plan.pages.saturating_mul(PAGES_FOR_ONE).saturating_add(ANY_CHAIN))
}

/// Why the ids of a page at `from` prove nothing; `None` if they ascend inside the chain, or no ids lead on.
fn disorder(from: &Cursor, ids: &[u64]) -> Option<String> {
    let Cursor::Id { after, until } = from else { return None };
    let mut before = *after;
    for id in ids {
        if before.is_some_and(|before| *id <= before) {
            return Some(format!("id {id} comes after id {}", before.unwrap_or_default()));
        }
        if until.is_some_and(|until| *id > until) {
            return Some(format!("id {id} lies behind {}, where the chain ends", until.unwrap_or_default()));
        }
        before = Some(*id);
    }
    None
}

/// The pages of the chain that is in force in `lane`, in order: of chains that were begun anew the last.
pub fn in_force(pages: &[PageSummary], lane: u16) -> Vec<&PageSummary> {
    let chain = |page: &PageSummary| match page.page.series {
        Series::Chain(chain) if chain.lane == lane => Some(chain),
        _ => None,
    };
    let last: Option<Chain> = pages.iter().filter_map(chain).max();
    let mut links: Vec<_> = pages.iter().filter(|page| last.is_some() && chain(page) == last).collect();
    links.sort_by_key(|page| page.page.number);
    links
}

/// Why the chains that begin at `starts` do not cover the whole list, one sentence each.
pub(crate) fn gaps(starts: &[Cursor], pages: &[PageSummary]) -> Vec<String> {
    let mut gaps: Vec<String> = cuts(starts).into_iter().collect();
    let judged = if Mutant::JudgesOneChainOnly.on() { 1 } else { starts.len() };
    for (lane, start) in (0..).zip(starts).take(judged) {
        gaps.extend(gap(start, &in_force(pages, lane)).map(|gap| match starts.len() {
            1 => gap,
            _ => format!("chain {}: {gap}", lane + 1),
        }));
    }
    gaps
}

/// Chains side by side must together cover all ids: each begins where the one before ends.
fn cuts(starts: &[Cursor]) -> Option<String> {
    let mut end = None;
    for start in starts {
        match start {
            Cursor::Id { after, until } if *after == end => end = *until,
            Cursor::Opaque { .. } if starts.len() == 1 => {}
            _ => return Some("the chains do not meet".to_owned()),
        }
    }
    (end.is_some() || starts.is_empty()).then(|| "the last chain does not go to the end".to_owned())
}

fn gap(start: &Cursor, links: &[&PageSummary]) -> Option<String> {
    let mut expected = Some(start.clone());
    for (number, page) in (0..).zip(links) {
        let PageSummary { page: PageId { number: stored, .. }, link, .. } = page;
        let Some(link) =
            link.as_ref().filter(|link| *stored == number && Some(&link.from) == expected.as_ref())
        else {
            return Some(format!("page {} does not continue the page before it", number + 1));
        };
        if let Some(doubt) = link.doubt.as_ref().filter(|_| !Mutant::TakesDisorderForOrder.on()) {
            return Some(format!("page {} proves nothing: {doubt}", number + 1));
        }
        expected = match &link.next {
            Next::Page { at } => Some(at.clone()),
            Next::End => None,
            Next::Broken { .. } if Mutant::TakesABrokenChainForWhole.on() => None,
            Next::Broken { reason } => {
                return Some(format!("nothing was read after page {}: {reason}", number + 1));
            }
        };
    }
    expected.map(|_| match links.len() {
        0 => "no page was read".to_owned(),
        read => format!("the end was not reached after page {read}"),
    })
}

#[cfg(test)]
mod tests;
