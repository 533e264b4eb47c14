//! Ways of reading a stream.
//!
//! Where a vendor hands out any part of its table, a run plans all windows at its start and reads them side by side. Where
//! each page tells how to ask for the next, the pages form chains, and a run learns of a page from the one before.

use crate::page::Window;
use serde::{Deserialize, Serialize};

/// How a stream is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "way")]
pub enum Reading {
    /// Windows that begin at any row.
    #[default]
    Windows,
    /// Pages by number. The sizes are the reader's choice, so that pages overlap as windows do.
    NumberedPages,
    /// Chains side by side, each of which begins at one of these cursors.
    Chains {
        /// Where they begin; by ids in ascending order, each where the one before ends.
        starts: Vec<Cursor>,
    },
}

impl Reading {
    /// Whether this is the way of earlier versions, which did not write it down.
    pub fn is_windows(&self) -> bool {
        *self == Self::Windows
    }
}

/// Where a page of a chain begins. It is stored and shown, so it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Cursor {
    /// At the first row whose id is above `after`.
    Id {
        /// The last id that was read; `None` at the start.
        after: Option<u64>,
        /// The last id that belongs to this chain; `None` if it goes to the end.
        until: Option<u64>,
    },
    /// At a cursor that only the vendor understands.
    Opaque {
        /// Path and query, or a token, as the vendor gave it; `None` at the start.
        cursor: Option<String>,
    },
}

/// What the vendor says that follows a page of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuation {
    /// Nothing.
    End,
    /// More, after the last id of the page.
    AfterLastId,
    /// More, at this cursor.
    Cursor(String),
    /// More, but where it is said to be cannot be followed, for this reason.
    Unfollowable(String),
}

/// What follows a page of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "next")]
pub enum Next {
    /// Nothing: the vendor reported the end.
    End,
    /// A page at this cursor.
    Page {
        /// Its cursor.
        at: Cursor,
    },
    /// Unknown: the chain cannot be followed.
    Broken {
        /// Why, as part of a sentence.
        reason: String,
    },
}

/// The place of a page in its chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it was read.
    pub from: Cursor,
    /// What follows it.
    #[serde(flatten)]
    pub next: Next,
    /// Why the page is no evidence: its ids do not ascend or lie outside the chain, or it is empty although more follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// An earlier cursor of the chain that the next cursors are compared with, so that a cycle is detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle_check: Option<Cursor>,
}

/// Windows of `page_size` rows from `offset` on, each of which begins with the last row of the one before.
pub fn overlapping_windows(offset: u64, page_size: u32) -> impl Iterator<Item = Window> {
    let stride = overlapping(page_size);
    (0..).map(move |number| Window {
        offset: offset.saturating_add(stride.saturating_mul(number)),
        limit: page_size,
    })
}

/// Rows from the start of a page of `page_size` rows to the start of the next. Pages overlap by one row, so that each proves
/// that it continues the one before.
pub fn overlapping(page_size: u32) -> u64 {
    u64::from(page_size.max(2) - 1)
}

/// Numbered pages of at most `largest` rows that together cover every row from `offset` on, each of which begins inside the
/// one before. Page *k* of size *q* is the window [(k−1)q, kq): of the pages that begin before the end so far, the one that
/// reaches furthest is next. That costs 3 to 5 % more rows with pages of 200 to 500 rows.
pub fn overlapping_pages(offset: u64, largest: u32) -> impl Iterator<Item = Window> {
    let first = furthest(offset.saturating_add(1), largest);
    std::iter::successors(Some(first), move |page| Some(furthest(page.end(), largest)))
}

/// The page that begins before row `end` and reaches furthest.
fn furthest(end: u64, largest: u32) -> Window {
    let page = |size: u32| {
        let size_in_rows = u64::from(size.max(1));
        Window { offset: end.saturating_sub(1) / size_in_rows * size_in_rows, limit: size }
    };
    let half = largest.div_ceil(2).max(1);
    let reach = |window: &Window| window.end();
    // Of those that reach equally far the smallest, which reads the fewest rows twice.
    let large = (half..=largest).rev().map(page).max_by_key(reach).filter(|page| page.end() > end);
    let small = || (2..half).rev().map(page).max_by_key(reach).filter(|page| page.end() > end);
    // Where every size divides `end`, no page reaches over it: what follows does not overlap, and its seam shows that.
    let beyond = Window { offset: end, limit: largest.max(1) };
    large.or_else(small).unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(rows: u64, largest: u32) -> Vec<Window> {
        let mut ended = false;
        overlapping_pages(0, largest)
            .take_while(|page| !std::mem::replace(&mut ended, page.end() > rows))
            .collect()
    }

    #[test]
    fn numbered_pages_overlap_and_are_pages() {
        for (rows, largest) in
            [(5_000, 200), (50_000, 500), (500_000, 200), (500_000, 500), (7, 500), (0, 500), (900, 12)]
        {
            let pages = cover(rows, largest);
            assert_eq!(pages[0], Window { offset: 0, limit: largest });
            for pair in pages.windows(2) {
                let [before, page] = pair else { unreachable!() };
                assert!(page.offset > before.offset && page.offset < before.end(), "{before:?}, {page:?}");
                assert!(page.end() > before.end());
                assert_eq!(page.offset % u64::from(page.limit), 0, "{page:?} is no page");
                assert!(page.limit <= largest && page.limit >= largest.div_ceil(2), "{page:?}");
            }
            assert!(pages.last().unwrap().end() > rows, "the last page is short, which proves the end");
        }
    }

    #[test]
    fn numbered_pages_cost_few_rows_more() {
        for (rows, largest, percent) in
            [(50_000, 200, 5.0), (500_000, 200, 5.0), (50_000, 500, 4.0), (500_000, 500, 4.0)]
        {
            let read: u64 = cover(rows, largest).iter().map(|page| u64::from(page.limit)).sum();
            let more = (read as f64 / rows as f64 - 1.0) * 100.0;
            assert!(more < percent, "{rows} rows in pages of {largest}: {more:.1} % more");
        }
    }

    #[test]
    fn where_no_page_overlaps_the_next_one_follows_on() {
        let pages: Vec<Window> = overlapping_pages(0, 4).take(9).collect();
        assert!(pages.windows(2).any(|pair| pair[1].offset == pair[0].end()), "{pages:?}");
        assert!(
            pages.windows(2).all(|pair| pair[1].end() > pair[0].end() && pair[1].offset <= pair[0].end())
        );
    }
}
