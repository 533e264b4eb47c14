//! A table that changes between two pages: either the seams show it, or nothing that was there throughout is lost.

use super::driver::{SourceDriver, Way};
use super::stage::Stage;
use super::walk::Page;
use causeway_domain::{RowKey, Stream};
use std::collections::BTreeSet;

/// Rows of the first page go once it was read, so that later rows move forward, over the start of the next page.
pub async fn a_removed_row_shows_in_the_seams<D: SourceDriver>() {
    for shape in D::STREAMS.iter().filter(|shape| shape.way != Way::ChainByCursor) {
        for removed in [1, 2, 7] {
            let stage = Stage::<D>::new().await;
            let pages = stage
                .walk(shape.stream, |first| {
                    let keys = stage.driver.keys(shape.stream);
                    let early = keys.iter().filter(|key| first.keys().contains(&RowKey::of(key.texts())));
                    early.take(removed).for_each(|key| stage.driver.remove(shape.stream, key));
                })
                .await;
            is_shown_or_harmless(&stage, shape.stream, &pages, &format!("{removed} rows went"));
        }
    }
}

/// Rows are added, before all others where the vendor's order allows it.
pub async fn an_added_row_loses_none<D: SourceDriver>() {
    for shape in D::STREAMS.iter().filter(|shape| shape.way != Way::ChainByCursor) {
        for added in [1, 5] {
            let stage = Stage::<D>::new().await;
            let pages =
                stage.walk(shape.stream, |_| (0..added).for_each(|_| stage.driver.add(shape.stream))).await;
            is_shown_or_harmless(&stage, shape.stream, &pages, &format!("{added} rows were added"));
        }
    }
}

fn is_shown_or_harmless<D: SourceDriver>(stage: &Stage<D>, stream: Stream, pages: &[Page], change: &str) {
    let joined = pages.windows(2).all(|pair| {
        let first = pair[1].keys().first();
        pair[1].window().is_none() || first.is_some_and(|key| pair[0].keys().contains(key))
    });
    let seen: BTreeSet<&RowKey> = pages.iter().flat_map(Page::keys).collect();
    let now = stage.driver.keys(stream);
    // Rows that were added after the first page need not be seen.
    let before: BTreeSet<RowKey> =
        stage.before.iter().filter(|(of, _)| *of == stream).map(|(_, key)| key.clone()).collect();
    let lost: Vec<RowKey> = now
        .iter()
        .map(|key| RowKey::of(key.texts()))
        .filter(|key| before.contains(key) && !seen.contains(key))
        .collect();
    assert!(!joined || lost.is_empty(), "{stream}: {change}, the pages join, and {lost:?} are lost");
}
