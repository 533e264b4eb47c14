//! Everything that the vendor has comes, once each, by the way that `open` names.

use super::ask::is_accounted;
use super::driver::{SourceDriver, Way};
use super::stage::{ROWS, Stage, shape};
use super::walk::{Page, Place};
use crate::problems::Problems;
use causeway_domain::page::Window;
use causeway_domain::reading::{Continuation, Cursor};
use causeway_domain::{FailureKind, RowKey, Stream, VendorKey};
use causeway_ports::Source;
use std::collections::{BTreeMap, BTreeSet};

fn row_keys(keys: &[VendorKey]) -> BTreeSet<RowKey> {
    keys.iter().map(|key| RowKey::of(key.texts())).collect()
}

/// `open` names the streams and ways that the driver declares.
pub async fn the_way_of_reading_is_as_declared<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let opened = stage.source.open().await.expect("the source opens");
    let streams: Vec<Stream> = opened.iter().map(|one| one.stream).collect();
    let declared: Vec<Stream> = D::STREAMS.iter().map(|shape| shape.stream).collect();
    assert_eq!(streams, declared);
    for one in opened {
        let way = shape::<D>(one.stream).way;
        assert!(way.is(&one.reading), "{}: {:?}, not {way:?}", one.stream, one.reading);
        assert!(one.page_size >= 2, "{}: pages of {}", one.stream, one.page_size);
        assert!(one.dropped_fields.is_empty(), "{}: {:?} dropped", one.stream, one.dropped_fields);
    }
}

/// All rows in scope come, each at one place, and no others.
pub async fn every_row_comes_once<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let stream = shape.stream;
        let truth = row_keys(&stage.driver.keys(stream));
        assert!(truth.len() >= ROWS, "the driver started with {} {stream}", truth.len());
        let pages = stage.walk(stream, |_| ()).await;
        assert!(pages.len() >= 3, "{stream}: {} pages are too few to show anything", pages.len());
        let placed = if shape.way.is_chain() { in_a_row(&pages) } else { by_position(stream, &pages) };
        let seen: BTreeSet<RowKey> = placed.iter().cloned().collect();
        assert_eq!(placed.len(), seen.len(), "{stream}: a row comes twice");
        assert_eq!(seen, truth, "{stream}: other rows than the vendor has");
        let rejects: usize = pages.iter().map(|page| page.fetched.transformed.rejects.len()).sum();
        assert_eq!(rejects, 0, "{stream}: sound rows are rejected");
    }
}

fn in_a_row(pages: &[Page]) -> Vec<RowKey> {
    pages.iter().flat_map(|page| page.keys().to_vec()).collect()
}

/// The row at each position; two pages must agree about it.
fn by_position(stream: Stream, pages: &[Page]) -> Vec<RowKey> {
    let mut rows: BTreeMap<u64, &RowKey> = BTreeMap::new();
    for page in pages {
        let first = page.window().map_or(0, |window| window.offset);
        for (position, key) in (first..).zip(page.keys()) {
            let known = *rows.entry(position).or_insert(key);
            assert_eq!(known, key, "{stream}: two pages have different rows at {position}");
        }
    }
    rows.into_values().cloned().collect()
}

/// The first row of each page is in the page before, under the same key.
pub async fn each_page_overlaps_the_one_before<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS.iter().filter(|shape| !shape.way.is_chain()) {
        let pages = stage.walk(shape.stream, |_| ()).await;
        for pair in pages.windows(2) {
            let first = pair[1].keys().first();
            let joined = first.is_none_or(|key| !key.is_keyless() && pair[0].keys().contains(key));
            assert!(
                joined,
                "{}: {:?} does not begin inside {:?}",
                shape.stream, pair[1].place, pair[0].place
            );
        }
    }
}

/// Chains come to the vendor's end. No cursor comes twice, and ids ascend above the cursor that they were asked with.
pub async fn chains_end_and_their_cursors_never_repeat<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let stream = shape.stream;
        if !shape.way.is_chain() {
            let failure = stage.source.follow(stream, &Cursor::Opaque { cursor: None }).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::NotPossible, "{stream}: follows a cursor without chains");
            continue;
        }
        let pages = stage.walk(stream, |_| ()).await;
        let mut cursors = BTreeSet::new();
        for page in &pages {
            let (Place::Cursor(cursor), Some((continuation, ids))) = (&page.place, &page.chained) else {
                continue;
            };
            assert!(cursors.insert(cursor.clone()), "{stream}: {cursor:?} comes twice");
            let empty = page.keys().is_empty() && *continuation != Continuation::End;
            assert!(!empty, "{stream}: an empty page at {cursor:?} leads on");
            if let Cursor::Id { after, until } = cursor {
                let ascending = ids.windows(2).all(|pair| pair[0] < pair[1]);
                let above = ids.iter().all(|id| after.is_none_or(|after| *id > after));
                let within = ids.iter().all(|id| until.is_none_or(|until| *id <= until));
                assert!(ascending && above && within, "{stream}: {ids:?} at {cursor:?}");
                assert_eq!(ids.len() as u64, page.fetched.transformed.fetched, "{stream}: ids of all rows");
            }
        }
    }
}

/// A cursor that the vendor no longer knows is `CursorExpired`, and the chain can be begun anew.
pub async fn an_expired_cursor_is_reported<D: SourceDriver>() {
    for shape in D::STREAMS.iter().filter(|shape| shape.way == Way::ChainByCursor) {
        let stage = Stage::<D>::new().await;
        let pages = stage.walk(shape.stream, |_| ()).await;
        stage.driver.expire_cursors(shape.stream);
        for page in pages.iter().skip(1) {
            let failure = stage.page(shape.stream, &page.place).await.map(|_| "a page").unwrap_err();
            assert_eq!(failure.kind, FailureKind::CursorExpired, "{:?}: {failure}", page.place);
        }
        let anew = stage.walk(shape.stream, |_| ()).await;
        assert_eq!(in_a_row(&anew), in_a_row(&pages), "{}: begun anew", shape.stream);
    }
}

/// Where the vendor counts, the count is that of the rows in scope.
pub async fn counts_are_those_of_the_vendor<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let truth = stage.driver.keys(shape.stream).len() as u64;
        let opened = stage.opened(shape.stream).await.count;
        assert!(
            opened.is_none_or(|count| count == truth),
            "{}: opened with {opened:?} of {truth}",
            shape.stream
        );
        if opened.is_some() {
            let (counted, _) = stage.source.count(shape.stream).await.expect("a count");
            assert_eq!(counted, opened, "{}: `count` and `open` differ", shape.stream);
        }
    }
}

/// A page that is read again from an unchanged table is the same.
pub async fn the_same_page_twice_is_the_same<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        for page in stage.walk(shape.stream, |_| ()).await {
            let again = stage.page(shape.stream, &page.place).await.expect("the same page");
            let same = again.fetched.transformed == page.fetched.transformed && again.chained == page.chained;
            assert!(same, "{}: {:?} differs the second time", shape.stream, page.place);
        }
    }
}

/// A page as it is kept makes the same records without the vendor.
pub async fn a_kept_page_is_replayed<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        for page in stage.walk(shape.stream, |_| ()).await {
            let (before, kept) = (stage.relay.count(), page.fetched.raw.into_stored());
            let replayed = stage.source.replay(shape.stream, &kept).expect("a replay");
            assert_eq!(stage.relay.count(), before, "{}: a replay asks the vendor", shape.stream);
            assert_eq!(replayed, page.fetched.transformed, "{}: {:?}", shape.stream, page.place);
        }
    }
}

/// Where rows are shown, each is shown with its key and records.
pub async fn rows_are_explained<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let page = stage.first_page(shape.stream).await;
        let (kept, done) = (page.fetched.raw.into_stored(), page.fetched.transformed);
        let rows = stage.source.explain(shape.stream, &kept, usize::MAX).expect("rows to show");
        if rows.is_empty() {
            continue;
        }
        let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
        assert_eq!(keys, done.row_keys, "{}", shape.stream);
        let shown = rows.iter().flat_map(|row| row.records.iter().map(|record| (record.key(), record.body)));
        let made = done.records.iter().map(|record| (record.key(), record.body));
        assert!(shown.eq(made), "{}: other records are shown than were made", shape.stream);
        let two = stage.source.explain(shape.stream, &kept, 2).expect("two rows");
        assert_eq!(two.len(), 2, "{}: the limit is not kept", shape.stream);
    }
}

/// A page past the end has no rows and is no failure.
pub async fn a_page_past_the_end_is_empty<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS.iter().filter(|shape| !shape.way.is_chain()) {
        for offset in [10_000, 1_000_000] {
            let window = Window { offset, limit: 20 };
            let page = stage.source.fetch(shape.stream, window).await.expect("an empty page").transformed;
            let empty = page.fetched == 0 && page.records.is_empty() && page.row_keys.is_empty();
            assert!(empty && page.rejects.is_empty(), "{}: rows at {offset}", shape.stream);
        }
    }
}

/// A vendor without rows opens, and its pages are empty.
pub async fn an_empty_vendor_is_empty<D: SourceDriver>() {
    let stage = Stage::<D>::with(0).await;
    let mut problems = Problems::default();
    for shape in D::STREAMS {
        let count = stage.opened(shape.stream).await.count;
        problems
            .check(count.is_none_or(|count| count == 0), || format!("{}: counts {count:?}", shape.stream));
        let pages = stage.walk(shape.stream, |_| ()).await;
        // Chains that are read side by side have a page each.
        let one = shape.way == Way::ChainsById || pages.len() == 1;
        problems.check(one, || format!("{}: {} pages", shape.stream, pages.len()));
        let rows = in_a_row(&pages).len();
        problems.check(rows == 0, || format!("{}: {rows} rows", shape.stream));
        let accounted = pages.iter().try_for_each(|page| is_accounted(&page.fetched.transformed));
        problems.check(accounted.is_ok(), || format!("{}: {accounted:?}", shape.stream));
    }
    problems.end();
}
