//! The calls of a source, made one like the other.

use super::driver::{SourceDriver, StreamShape};
use super::stage::Stage;
use super::walk::{Page, Place};
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::{Failure, FailureKind, Stream, VendorKey};
use causeway_ports::{Fetched, SingleRecords, Source, Transformed};

/// A call of a source.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Open,
    Count(Stream),
    Page(Stream, Place),
    Parts(Stream, Window),
    Single(Stream, Vec<VendorKey>, Vec<VendorKey>),
}

/// The result of a call, without its cost.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Opened(Vec<(Stream, Option<u64>, u32)>),
    Count(Option<u64>),
    Rows(Transformed),
    Answer(Transformed, Confirmation),
}

impl<D: SourceDriver> Stage<D> {
    /// Every call, about a page in the middle and a record.
    pub(crate) async fn asks(&self) -> Vec<Ask> {
        let mut asks = vec![Ask::Open];
        for shape in D::STREAMS {
            let first = self.first_place(shape.stream).await;
            asks.push(Ask::Page(shape.stream, first.clone()));
            if self.opened(shape.stream).await.count.is_some() {
                asks.push(Ask::Count(shape.stream));
            }
            if let Place::Window(window) = first {
                asks.push(Ask::Parts(shape.stream, window));
            }
            asks.extend(self.single(shape));
        }
        asks
    }

    /// The question for one record that is there, with another as a control.
    pub(crate) fn single(&self, shape: &StreamShape) -> Option<Ask> {
        let keys = self.driver.keys(shape.stream);
        shape.asked_singly.then(|| Ask::Single(shape.stream, vec![keys[0].clone()], vec![keys[1].clone()]))
    }

    /// Makes a call. Whatever comes of it holds no secret.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Told, Failure> {
        let told = match ask {
            Ask::Open => self.source.open().await.map(|opened| {
                Told::Opened(opened.iter().map(|one| (one.stream, one.count, one.page_size)).collect())
            }),
            Ask::Count(stream) => self.source.count(*stream).await.map(|(count, _)| Told::Count(count)),
            Ask::Page(stream, place) => {
                self.page(*stream, place).await.map(|page| Told::Rows(page.fetched.transformed))
            }
            Ask::Parts(stream, window) => {
                let whole = Failure::new(FailureKind::Unavailable, "a page", "it cannot be read as a whole");
                let parts = self.source.fetch_in_parts(*stream, *window, whole).await;
                parts.map(|fetched| Told::Rows(fetched.transformed))
            }
            Ask::Single(stream, missing, controls) => {
                let answer = self.singles(*stream).confirm(*stream, missing, controls).await;
                answer.map(|(fetched, verdict)| {
                    self.is_discreet_page(*stream, &fetched);
                    Told::Answer(fetched.transformed, verdict)
                })
            }
        };
        if let Err(failure) = &told {
            self.is_discreet("a failure", &format!("{failure} {failure:?}"));
            assert!(
                !failure.subject.is_empty() && !failure.detail.is_empty(),
                "{ask:?}: a failure without words"
            );
            assert!(
                failure.to_string().len() < 2000,
                "{ask:?}: a failure that repeats the answer: {failure}"
            );
        }
        told
    }

    /// Reads the page at `place`.
    pub(crate) async fn page(&self, stream: Stream, place: &Place) -> Result<Page, Failure> {
        let page = match place {
            Place::Window(window) => Page {
                fetched: self.source.fetch(stream, *window).await?,
                chained: None,
                place: place.clone(),
            },
            Place::Cursor(cursor) => {
                let linked = self.source.follow(stream, cursor).await?;
                let chained = Some((linked.continuation, linked.ids));
                Page { fetched: linked.fetched, chained, place: place.clone() }
            }
        };
        self.is_discreet_page(stream, &page.fetched);
        Ok(page)
    }

    /// How the vendor is asked for single records.
    pub(crate) fn singles(&self, stream: Stream) -> &dyn SingleRecords {
        self.source
            .single_records(stream)
            .unwrap_or_else(|| panic!("{stream}: the source says that it cannot be asked"))
    }

    fn is_discreet_page(&self, stream: Stream, fetched: &Fetched) {
        let raw = fetched.raw.clone().into_stored();
        self.is_discreet(&format!("a page of {stream}"), &String::from_utf8_lossy(&raw));
    }
}

/// Rows that became records, and rows that were rejected: together all.
pub(crate) fn is_accounted(page: &Transformed) -> Result<(), String> {
    let rows: std::collections::BTreeSet<usize> = page.records.iter().map(|record| record.row).collect();
    let (mapped, rejected) = (rows.len() as u64, page.rejects.len() as u64);
    if page.row_keys.len() as u64 == page.fetched && mapped + rejected == page.fetched {
        return Ok(());
    }
    let keys = page.row_keys.len();
    Err(format!("{} rows, {keys} keys, {mapped} mapped, {rejected} rejected", page.fetched))
}
