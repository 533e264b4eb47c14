//! Rejected rows, each once however often it was read: pages overlap, and the row that two of them share is rejected by both.

use crate::Engine;
use crate::run_objects::{SHOWN, StagedPages, records};
use async_recursion::async_recursion;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageId, Reject};
use causeway_domain::{ConnectionName, Failure, PageSummary, RunId, Stream};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The first 100,000 rejects of a run with their pages.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn rejects(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Vec<(PageId, Reject)>, Failure> {
    let mut rejects = Vec::new();
    let staged = StagedPages::list(engine, RunKeys::new(name, run)).await?;
    for stream in Stream::ALL {
        let mut seen = SeenRejects::default();
        for page in staged.of(stream).await? {
            let Some(key) = page.rejects.as_ref().filter(|_| rejects.len() < SHOWN) else { continue };
            let mut new: Vec<Reject> = records(engine, key).await?;
            new.retain(|reject| seen.is_new(page, reject));
            rejects.extend(new.into_iter().map(|reject| (page.page, reject)));
        }
    }
    Ok(rejects)
}

/// The unique rows of a stream that were rejected.
#[derive(Debug, Default)]
pub(crate) struct RejectedRows {
    /// How many.
    pub(crate) distinct: u64,
    /// Of those that the vendor could not answer with: which they are, and how many there are besides.
    pub(crate) unread: Vec<String>,
}

impl RejectedRows {
    /// Of `pages`, all of one stream.
    pub(crate) async fn of(engine: &Engine, pages: &[PageSummary]) -> Result<Self, Failure> {
        let (mut seen, mut rows, mut unread) = (SeenRejects::default(), Self::default(), 0);
        for page in pages {
            let Some(key) = &page.rejects else { continue };
            for reject in records::<Reject>(engine, key).await? {
                if !seen.is_new(page, &reject) {
                    continue;
                }
                rows.distinct += 1;
                unread += u64::from(reject.unread);
                if reject.unread && unread <= NAMED {
                    rows.unread.push(reject.reason);
                }
            }
        }
        if unread > NAMED {
            rows.unread.push(format!("{} more rows break each answer they are in", unread - NAMED));
        }
        Ok(rows)
    }
}

/// Unread rows that are named one by one.
const NAMED: u64 = 10;

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
