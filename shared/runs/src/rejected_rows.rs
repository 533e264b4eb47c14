//! Rejected rows, each once however often it was read: pages overlap, and the row that two of them share is rejected by both.

use crate::Engine;
use crate::progress::{SHOWN, records, staged_pages};
use async_recursion::async_recursion as boxed;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageId, Reject};
use causeway_domain::{ConnectionName, Failure, PageSummary, RunId, Series, Stream};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The first 100,000 rejects of a run with their pages.
///
/// # Errors
/// Those of the object store.
#[boxed]
pub async fn rejects(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Vec<(PageId, Reject)>, Failure> {
    let mut rejects = Vec::new();
    for stream in [Stream::Assets, Stream::Findings] {
        let mut seen = SeenRejects::default();
        for page in staged_pages(engine, RunKeys(name, run), stream).await? {
            // A count repeats a row of the first page.
            let counts = !matches!(page.page.series, Series::Recount(_));
            let Some(key) = page.rejects.as_ref().filter(|_| counts && rejects.len() < SHOWN) else {
                continue;
            };
            let mut new: Vec<Reject> = records(engine, key).await?;
            new.retain(|reject| seen.is_new(&page, reject));
            rejects.extend(new.into_iter().map(|reject| (page.page, reject)));
        }
    }
    Ok(rejects)
}

/// How many different rows of `pages`, all of one stream, were rejected.
pub(crate) async fn rejected_rows(engine: &Engine, pages: &[PageSummary]) -> Result<u64, Failure> {
    let (mut seen, mut rows) = (SeenRejects::default(), 0);
    for page in pages {
        let Some(key) = &page.rejects else { continue };
        for reject in records::<Reject>(engine, key).await? {
            rows += u64::from(seen.is_new(page, &reject));
        }
    }
    Ok(rows)
}

/// Rejected rows by place and hash of their keys: all rows of a stream may be rejected, and the keys would fill the memory.
#[derive(Default)]
struct SeenRejects(BTreeSet<(u64, u64)>);

impl SeenRejects {
    /// Whether no page before had this row. The rows of a question have no place, and each counts.
    fn is_new(&mut self, page: &PageSummary, reject: &Reject) -> bool {
        page.window.is_none_or(|window| {
            let mut hasher = DefaultHasher::new();
            (&reject.asset, &reject.finding).hash(&mut hasher);
            self.0.insert((window.offset.saturating_add(reject.row), hasher.finish()))
        })
    }
}
