//! Chains as vendors hand them out, and as they break.

use super::{gaps, in_force, link};
use crate::tests::summary;
use causeway_domain::Stream;
use causeway_domain::page::{Chain, PageId, PageSummary, Series};
use causeway_domain::reading::{Continuation, Cursor, Link, Next, Reading};
use causeway_domain::run::StreamPlan;

const PAGE: usize = 3;

fn plan(starts: Vec<Cursor>) -> StreamPlan {
    let reading = Reading::Chains { starts };
    StreamPlan { stream: Stream::Assets, count: Some(9), page_size: PAGE as u32, pages: 3, reading }
}

fn ids(after: Option<u64>, until: Option<u64>) -> Cursor {
    Cursor::Id { after, until }
}

fn cursor(cursor: &str) -> Cursor {
    Cursor::Opaque { cursor: Some(cursor.to_owned()) }
}

fn page(chain: Chain, number: u32, link: Link) -> PageSummary {
    let page = PageId { stream: Stream::Assets, series: Series::Chain(chain), number };
    PageSummary { link: Some(link), ..summary(page, PAGE as u64) }
}

/// Reads one chain of `table` to its end.
fn read(plan: &StreamPlan, lane: u16, start: &Cursor, table: &[u64]) -> Vec<PageSummary> {
    let mut pages: Vec<PageSummary> = Vec::new();
    let mut next = Some(start.clone());
    while let Some(from) = next.take() {
        let Cursor::Id { after, until } = from else { unreachable!() };
        let inside =
            |id: &&u64| after.is_none_or(|after| **id > after) && until.is_none_or(|until| **id <= until);
        let rest: Vec<u64> = table.iter().filter(inside).copied().collect();
        let continuation = if rest.len() > PAGE { Continuation::AfterLastId } else { Continuation::End };
        let rows = &rest[..rest.len().min(PAGE)];
        let cycle_check = pages.last().and_then(|page| page.link.clone()?.cycle_check);
        let link =
            link(plan, (pages.len() as u32, from), cycle_check, (continuation, rows.len() as u64, rows));
        if let Next::Page { at } = &link.next {
            next = Some(at.clone());
        }
        pages.push(page(Chain { lane, restart: 0 }, pages.len() as u32, link));
    }
    pages
}

#[test]
fn ids_that_ascend_to_the_end_leave_no_gap() {
    let start = ids(None, None);
    let plan = plan(vec![start.clone()]);
    for rows in 0..10 {
        let table: Vec<u64> = (1..=rows).map(|row| row * 7).collect();
        let pages = read(&plan, 0, &start, &table);
        assert_eq!(gaps(std::slice::from_ref(&start), &pages), Vec::<String>::new(), "{rows} rows");
    }
}

#[test]
fn chains_side_by_side_must_meet() {
    let table: Vec<u64> = (1..=20).collect();
    let starts = vec![ids(None, Some(8)), ids(Some(8), Some(15)), ids(Some(15), None)];
    let plan = plan(starts.clone());
    let all = |starts: &[Cursor]| -> Vec<PageSummary> {
        (0..).zip(starts).flat_map(|(lane, start)| read(&plan, lane, start, &table)).collect()
    };
    assert_eq!(gaps(&starts, &all(&starts)), Vec::<String>::new());
    let cut = [ids(None, Some(8)), ids(Some(9), None)];
    assert_eq!(gaps(&cut, &all(&cut)), ["the chains do not meet"]);
    let short = [ids(None, Some(8)), ids(Some(8), Some(15))];
    assert_eq!(gaps(&short, &all(&short)), ["the last chain does not go to the end"]);
    assert_eq!(gaps(&starts, &all(&starts[..2])), ["chain 3: no page was read"]);
}

#[test]
fn ids_out_of_order_prove_nothing() {
    let start = ids(Some(10), Some(20));
    let plan = plan(vec![start.clone()]);
    let disorder = |rows: &[u64]| {
        link(&plan, (1, start.clone()), None, (Continuation::End, rows.len() as u64, rows)).doubt
    };
    assert_eq!(disorder(&[11, 12, 20]), None);
    assert_eq!(disorder(&[11, 13, 12]).unwrap(), "id 12 comes after id 13");
    assert_eq!(disorder(&[11, 11]).unwrap(), "id 11 comes after id 11");
    assert_eq!(disorder(&[10]).unwrap(), "id 10 comes after id 10");
    assert_eq!(disorder(&[21]).unwrap(), "id 21 lies behind 20, where the chain ends");
}

#[test]
fn a_page_of_another_writer_is_a_gap() {
    let start = Cursor::Opaque { cursor: None };
    let plan = plan(vec![start.clone()]);
    let chain = Chain { lane: 0, restart: 0 };
    let first = link(&plan, (0, start.clone()), None, (Continuation::Cursor("a".to_owned()), 3, &[]));
    let second =
        |from: &str| link(&plan, (1, cursor(from)), first.cycle_check.clone(), (Continuation::End, 3, &[]));
    let read = |from: &str| vec![page(chain, 0, first.clone()), page(chain, 1, second(from))];
    assert_eq!(gaps(std::slice::from_ref(&start), &read("a")), Vec::<String>::new());
    assert_eq!(
        gaps(std::slice::from_ref(&start), &read("b")),
        ["page 2 does not continue the page before it"]
    );
    let lost = &read("a")[1..];
    assert_eq!(gaps(std::slice::from_ref(&start), lost), ["page 1 does not continue the page before it"]);
    let half = &read("a")[..1];
    assert_eq!(gaps(std::slice::from_ref(&start), half), ["the end was not reached after page 1"]);
}

#[test]
fn of_chains_that_were_begun_anew_the_last_counts() {
    let start = Cursor::Opaque { cursor: None };
    let plan = plan(vec![start.clone()]);
    let first = link(&plan, (0, start.clone()), None, (Continuation::Cursor("a".to_owned()), 3, &[]));
    let whole = link(&plan, (0, start.clone()), None, (Continuation::End, 3, &[]));
    let pages =
        [page(Chain { lane: 0, restart: 0 }, 0, first), page(Chain { lane: 0, restart: 1 }, 0, whole)];
    assert_eq!(gaps(&[start], &pages), Vec::<String>::new());
    assert_eq!(in_force(&pages, 0).len(), 1);
    assert_eq!(in_force(&pages, 1).len(), 0);
}

/// Follows cursors as `next` gives them until the chain ends; returns the pages and why it ended.
fn follow(next: impl Fn(u32) -> String) -> (u32, Next) {
    let plan = plan(vec![Cursor::Opaque { cursor: None }]);
    let (mut from, mut cycle_check) = (Cursor::Opaque { cursor: None }, None);
    for number in 0.. {
        let link = link(&plan, (number, from), cycle_check, (Continuation::Cursor(next(number)), 3, &[]));
        match link.next {
            Next::Page { at } => (from, cycle_check) = (at, link.cycle_check),
            ended => return (number + 1, ended),
        }
    }
    unreachable!()
}

#[test]
fn a_chain_that_goes_round_is_broken_soon() {
    for (lead, round) in [(0, 1), (0, 2), (3, 1), (5, 4), (0, 13), (9, 13)] {
        let (pages, ended) =
            follow(
                |number| if number < lead { format!("lead {number}") } else { format!("{}", number % round) },
            );
        let reason = "the vendor leads back to a page that was read before".to_owned();
        assert_eq!(ended, Next::Broken { reason }, "{lead}, {round}");
        assert!(pages <= 3 * (lead + round) + 2, "noticed after {pages} pages of {lead} and {round}");
    }
}

#[test]
fn a_chain_without_an_end_is_broken() {
    let (pages, ended) = follow(|number| format!("page {number}"));
    assert_eq!(pages, 3 * 20 + 64);
    assert_eq!(ended, Next::Broken { reason: "it does not end after 124 pages".to_owned() });
}

#[test]
fn a_page_without_rows_that_leads_on_proves_nothing() {
    let start = Cursor::Opaque { cursor: None };
    let plan = plan(vec![start.clone()]);
    let chain = Chain { lane: 0, restart: 0 };
    let read = |rows| {
        let first = link(&plan, (0, start.clone()), None, (Continuation::Cursor("a".to_owned()), rows, &[]));
        let second = link(&plan, (1, cursor("a")), first.cycle_check.clone(), (Continuation::End, 0, &[]));
        gaps(std::slice::from_ref(&start), &[page(chain, 0, first), page(chain, 1, second)])
    };
    assert_eq!(read(3), Vec::<String>::new());
    assert_eq!(read(0), ["page 1 proves nothing: it has no rows, though more follow"]);
}
