//! A page that cannot be read as a whole is read in parts, where a source does that: only the row at fault is lost.

use super::ask::is_accounted;
use super::driver::{SourceDriver, StreamShape};
use super::stage::Stage;
use super::walk::Page;
use crate::stage::{Answer, Deed};
use causeway_domain::page::Window;
use causeway_domain::{Failure, FailureKind, Stream, VendorKey};
use causeway_ports::{Source, Transformed};

/// A first page that is read in windows, with its parts; `None` if this source reads no page in parts.
async fn in_parts<D: SourceDriver>(stage: &Stage<D>, stream: Stream, window: Window) -> Option<Transformed> {
    let whole = Failure::new(FailureKind::Unavailable, "a page", "it cannot be read as a whole");
    match stage.source.fetch_in_parts(stream, window, whole.clone()).await {
        Ok(fetched) => Some(fetched.transformed),
        Err(failure) => {
            assert_eq!(failure, whole, "{stream}: what cannot be read in parts fails as the whole did");
            None
        }
    }
}

fn bodies(page: &Transformed) -> Vec<String> {
    page.records.iter().map(|record| format!("{:?} {}", record.key(), record.body)).collect()
}

/// A sound page has the same rows when it is read in parts.
pub async fn a_sound_page_is_the_same_in_parts<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let page = stage.first_page(shape.stream).await;
        let Some(window) = page.window() else { continue };
        let Some(parts) = in_parts(&stage, shape.stream, window).await else { continue };
        let whole = page.fetched.transformed;
        assert_eq!(parts.row_keys, whole.row_keys, "{}", shape.stream);
        assert_eq!(bodies(&parts), bodies(&whole), "{}", shape.stream);
        assert_eq!(
            (parts.fetched, parts.vendor_count),
            (whole.fetched, whole.vendor_count),
            "{}",
            shape.stream
        );
    }
}

/// A row that breaks every answer with it becomes one reject, and all others are read.
pub async fn a_row_that_breaks_answers_stands_alone<D: SourceDriver>() {
    for shape in D::STREAMS {
        let stage = Stage::<D>::new().await;
        let page = stage.first_page(shape.stream).await;
        let Some(window) = page.window() else { continue };
        if in_parts(&stage, shape.stream, window).await.is_none() {
            continue;
        }
        for odd in [0, 1, page.keys().len() - 1] {
            break_answers_with(&stage, shape, &page, odd);
            let parts = in_parts(&stage, shape.stream, window).await.expect("a page in parts");
            stage.heal();
            is_accounted(&parts).unwrap_or_else(|wrong| panic!("{}: {wrong}", shape.stream));
            assert_eq!(parts.row_keys.len(), page.keys().len(), "{}: rows around row {odd}", shape.stream);
            let [reject] = parts.rejects.as_slice() else { panic!("{}: {:?}", shape.stream, parts.rejects) };
            assert!(reject.unread && reject.row == odd as u64, "{}: {reject:?}", shape.stream);
            for (place, (key, sound)) in parts.row_keys.iter().zip(page.keys()).enumerate() {
                assert!(place == odd || key == sound, "{}: {key} in place of {sound}", shape.stream);
            }
        }
    }
}

/// From now on every answer with row `odd` of `page` is a 500.
fn break_answers_with<D: SourceDriver>(stage: &Stage<D>, shape: &StreamShape, page: &Page, odd: usize) {
    let columns = page.keys()[odd].columns().expect("a row with a key");
    let (key, shape) = (VendorKey::of_texts(columns), *shape);
    stage.break_calls(Deed::edit(move |answer| {
        let mut body = answer.value().unwrap_or_default();
        let breaks =
            shape.rows(&mut body).is_some_and(|rows| rows.iter().any(|row| shape.has_key(row, &key)));
        if breaks {
            *answer = Answer::json(500, r#"{"detail":"cannot be shown"}"#);
        }
    }));
}
