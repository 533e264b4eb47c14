//! Reads a stream from its start to its end, by the way that `open` names.

use super::ask::is_accounted;
use super::driver::SourceDriver;
use super::stage::Stage;
use causeway_domain::page::Window;
use causeway_domain::reading::{Continuation, Cursor, Reading, overlapping_pages, overlapping_windows};
use causeway_domain::{RowKey, Stream};
use causeway_ports::source::Opened;
use causeway_ports::{Fetched, Source};

/// Rows of a page at most; numbered pages need twenty to overlap.
const LARGEST: u32 = 20;
/// Pages of a stream at most.
const MOST_PAGES: usize = 200;

/// Where a page is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Window(Window),
    Cursor(Cursor),
}

/// A page.
pub(crate) struct Page {
    pub(crate) place: Place,
    pub(crate) fetched: Fetched,
    /// Continuation and ids of a page of a chain.
    pub(crate) chained: Option<(Continuation, Vec<u64>)>,
}

impl Page {
    /// Keys of its rows.
    pub(crate) fn keys(&self) -> &[RowKey] {
        &self.fetched.transformed.row_keys
    }

    /// Its window; `None` in a chain.
    pub(crate) fn window(&self) -> Option<Window> {
        match self.place {
            Place::Window(window) => Some(window),
            Place::Cursor(_) => None,
        }
    }

    /// The cursor after it; `None` at the end.
    fn next(&self) -> Option<Cursor> {
        let (Place::Cursor(from), Some((continuation, ids))) = (&self.place, &self.chained) else {
            return None;
        };
        let until = if let Cursor::Id { until, .. } = from { *until } else { None };
        match continuation {
            Continuation::End => None,
            Continuation::AfterLastId => {
                let after = *ids.last().expect("a page that leads on by its last id has one");
                until.is_none_or(|until| after < until).then_some(Cursor::Id { after: Some(after), until })
            }
            Continuation::Cursor(cursor) => Some(Cursor::Opaque { cursor: Some(cursor.clone()) }),
            Continuation::Unfollowable(reason) => {
                panic!("{from:?}: what follows cannot be followed: {reason}")
            }
        }
    }
}

impl<D: SourceDriver> Stage<D> {
    /// A stream as `open` reports it.
    pub(crate) async fn opened(&self, stream: Stream) -> Opened {
        let opened = self.source.open().await.expect("the source opens");
        opened.into_iter().find(|opened| opened.stream == stream).expect("a stream that is opened")
    }

    /// Where a stream begins.
    pub(crate) async fn first_place(&self, stream: Stream) -> Place {
        let opened = self.opened(stream).await;
        match opened.reading {
            Reading::Chains { starts } => Place::Cursor(starts[0].clone()),
            _ => Place::Window(Window { offset: 0, limit: opened.page_size.min(LARGEST) }),
        }
    }

    /// The first page of a stream, without faults.
    pub(crate) async fn first_page(&self, stream: Stream) -> Page {
        let place = self.first_place(stream).await;
        self.page(stream, &place).await.expect("the first page")
    }

    /// All pages of a stream. `between` is called after the first one.
    pub(crate) async fn walk(&self, stream: Stream, between: impl FnOnce(&Page)) -> Vec<Page> {
        let opened = self.opened(stream).await;
        let size = opened.page_size.min(LARGEST);
        let mut between = Some(between);
        let mut pages: Vec<Page> = Vec::new();
        let mut read = async |place: Place| {
            let page =
                self.page(stream, &place).await.unwrap_or_else(|failure| panic!("{place:?}: {failure}"));
            is_accounted(&page.fetched.transformed).unwrap_or_else(|wrong| panic!("{place:?}: {wrong}"));
            if let Some(between) = between.take() {
                between(&page);
            }
            page
        };
        let windows: Box<dyn Iterator<Item = Window>> = match opened.reading {
            Reading::Windows => Box::new(overlapping_windows(0, size)),
            Reading::NumberedPages => Box::new(overlapping_pages(0, size)),
            Reading::Chains { starts } => {
                for start in starts {
                    let mut next = Some(start);
                    while let Some(cursor) = next {
                        let page = read(Place::Cursor(cursor)).await;
                        next = page.next();
                        pages.push(page);
                        assert!(pages.len() <= MOST_PAGES, "{stream}: a chain without an end");
                    }
                }
                return pages;
            }
        };
        for window in windows.take(MOST_PAGES) {
            let page = read(Place::Window(window)).await;
            let last = page.fetched.transformed.fetched < u64::from(window.limit);
            pages.push(page);
            if last {
                return pages;
            }
        }
        panic!("{stream}: no page is the last");
    }
}
