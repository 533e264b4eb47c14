//! Tables that change while they are read.

use super::evaluate;
use causeway_domain::page::{PageFigures, PageId, PageSummary, Series, Traffic, Window};
use causeway_domain::reading::Reading;
use causeway_domain::run::StreamPlan;
use causeway_domain::{RowKey, Stream};

const PAGE: u32 = 10;

fn plan(count: u64) -> StreamPlan {
    let pages = u32::try_from(count.div_ceil(9).max(1)).unwrap();
    StreamPlan {
        stream: Stream::Findings,
        count: Some(count),
        page_size: PAGE,
        pages,
        reading: Reading::Windows,
    }
}

fn key(row: &u32) -> RowKey {
    RowKey::of([format!("{row:04}")])
}

fn read(table: &[u32], series: Series, number: u32, offset: u64) -> PageSummary {
    let rows: Vec<RowKey> = table.iter().skip(offset as usize).take(PAGE as usize).map(key).collect();
    let keep = if series == Series::Main { 3 } else { usize::MAX };
    let page = PageId { stream: Stream::Findings, series, number };
    PageSummary {
        window: Some(Window { offset, limit: PAGE }),
        first: rows.first().cloned(),
        tail: rows.get(rows.len().saturating_sub(keep)..).unwrap().to_vec(),
        ..summary(page, rows.len() as u64)
    }
}

/// A page of usable rows, of which nothing more is known.
pub(crate) fn summary(page: PageId, rows: u64) -> PageSummary {
    PageSummary {
        page,
        window: None,
        link: None,
        fetched: rows,
        mapped: rows,
        rejected: 0,
        staged: rows,
        first: None,
        tail: Vec::new(),
        keyless: Vec::new(),
        vendor_count: None,
        key_range: None,
        data: None,
        data_bytes: 0,
        rejects: None,
        raw: None,
        dropped_fields: Vec::new(),
        observed_at: jiff::Timestamp::UNIX_EPOCH,
        traffic: Traffic::default(),
        figures: PageFigures::default(),
        confirmation: None,
        visible_sites: Default::default(),
    }
}

/// Reads all main pages, applying `change` to the table before page `at`.
fn read_all(
    table: &mut Vec<u32>,
    at: u32,
    change: impl FnOnce(&mut Vec<u32>),
) -> (StreamPlan, Vec<PageSummary>) {
    let plan = plan(table.len() as u64);
    let mut change = Some(change);
    let pages = (0..plan.pages)
        .map(|number| {
            if number == at {
                change.take().unwrap()(table);
            }
            read(table, Series::Main, number, u64::from(number) * 9)
        })
        .collect();
    (plan, pages)
}

fn seen(pages: &[PageSummary], table: &[u32]) -> bool {
    let covered = |row: &u32| {
        let key = key(row);
        pages.iter().any(|page| page.first.as_ref() <= Some(&key) && page.tail.last() >= Some(&key))
    };
    table.iter().all(covered)
}

#[test]
fn a_table_that_stands_still_is_complete_for_every_size() {
    for size in 0..60 {
        let mut table: Vec<u32> = (0..size).collect();
        let (plan, pages) = read_all(&mut table, u32::MAX, |_| {});
        let evaluation = evaluate(&plan, &pages, 1);
        assert_eq!(evaluation.gaps, Vec::<String>::new(), "{size} rows");
        assert_eq!(evaluation.distinct, Some(u64::from(size)), "{size} rows");
    }
}

/// Vendors sometimes list and count a row twice. Wherever such rows are, they count as the vendor counts them.
#[test]
fn equal_rows_count_as_the_vendor_counts_them_wherever_they_lie() {
    for times in 2..5 {
        for at in 0..=41 - times {
            let mut table: Vec<u32> = (0..41).collect();
            table[at..at + times].fill(at as u32);
            let (plan, pages) = read_all(&mut table, u32::MAX, |_| {});
            let evaluation = evaluate(&plan, &pages, 1);
            assert_eq!(evaluation.gaps, Vec::<String>::new(), "{times} equal rows at {at}");
            assert_eq!(evaluation.distinct, Some(41), "{times} equal rows at {at}");
        }
    }
}

#[test]
fn a_row_inserted_before_a_seam_counts_once() {
    let mut table: Vec<u32> = (0..41).collect();
    let (plan, pages) = read_all(&mut table, 1, |table| table.insert(0, 1_000));
    assert_eq!(evaluate(&plan, &pages, 1).distinct, Some(41), "the inserted row was not read");
}

#[test]
fn rows_deleted_behind_the_reader_leave_a_gap_that_one_round_closes() {
    let mut table: Vec<u32> = (0..60).collect();
    let (plan, mut pages) = read_all(&mut table, 3, |table| drop(table.drain(2..6)));
    let evaluation = evaluate(&plan, &pages, 1);
    assert_eq!(evaluation.gaps.len(), 1, "{evaluation:?}");
    assert!(!seen(&pages, &table));
    for (number, window) in evaluation.reads.iter().enumerate() {
        pages.push(read(&table, Series::CatchUp(1), number as u32, window.offset));
    }
    assert_eq!(evaluate(&plan, &pages, 2).gaps, Vec::<String>::new());
    assert!(seen(&pages, &table));
}

#[test]
fn a_deletion_and_an_insertion_that_cancel_in_the_count_still_show() {
    let mut table: Vec<u32> = (0..60).map(|row| row * 2).collect();
    let (plan, pages) = read_all(&mut table, 2, |table| {
        table.drain(0..2);
        table.extend([201, 203]);
    });
    assert_eq!(table.len(), 60);
    assert!(!evaluate(&plan, &pages, 1).gaps.is_empty());
}

#[test]
fn rows_inserted_ahead_are_followed_to_the_new_end() {
    let mut table: Vec<u32> = (0..28).collect();
    let (plan, mut pages) = read_all(&mut table, 1, |table| table.extend(100..115));
    let evaluation = evaluate(&plan, &pages, 1);
    assert!(evaluation.gaps.iter().any(|gap| gap.contains("end")), "{evaluation:?}");
    for (number, window) in evaluation.reads.iter().enumerate() {
        pages.push(read(&table, Series::CatchUp(1), number as u32, window.offset));
    }
    assert!(seen(&pages, &table) || !evaluate(&plan, &pages, 2).gaps.is_empty());
}

#[test]
fn an_empty_page_in_the_middle_is_a_gap() {
    let mut table: Vec<u32> = (0..60).collect();
    let (plan, mut pages) = read_all(&mut table, u32::MAX, |_| {});
    pages[2] = PageSummary { fetched: 0, first: None, tail: Vec::new(), ..pages[2].clone() };
    let evaluation = evaluate(&plan, &pages, 1);
    assert_eq!(evaluation.gaps.len(), 1, "{evaluation:?}");
    assert!(evaluation.reads.iter().any(|window| window.offset <= 18 && window.offset + 10 > 19));
}
