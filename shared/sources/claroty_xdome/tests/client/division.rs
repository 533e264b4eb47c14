//! Pages with rows that break each answer they are in: everything else of the page arrives.

use crate::fixture::Setup;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use causeway_domain::page::Window;
use causeway_domain::{Failure, FailureKind, RowKey, Stream, VendorKey};
use causeway_ports::{Fetched, Source, Transformed};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

const ROWS: u64 = 100;
const PAGE: Window = Window { offset: 0, limit: 100 };

/// The effect of a row on each answer that contains it.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Sound,
    /// Unless the key alone is asked for.
    NotANumber,
    Latin1,
    Breaks,
    /// In any case.
    Status,
}

type Rows = fn(u64) -> Row;

struct Table {
    row: Rows,
    answers: AtomicUsize,
}

async fn answer(State(table): State<Arc<Table>>, body: Bytes) -> Response<Body> {
    table.answers.fetch_add(1, Ordering::Relaxed);
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let number = |name: &str| asked.get(name).and_then(Value::as_u64).unwrap();
    let key_alone = asked.get("fields").and_then(Value::as_array).unwrap().len() == 1;
    let (from, to) = (number("offset"), (number("offset") + number("limit")).min(ROWS));
    let mut rows = Vec::new();
    for place in from..to {
        let (start, end) = (format!("{{\"uid\":\"d-{place}\""), "}");
        let rest: &[u8] = match (table.row)(place) {
            Row::Status => return status(500),
            Row::Breaks if !key_alone => return status(502),
            Row::NotANumber if !key_alone => b",\"risk_score\":NaN",
            Row::Latin1 if !key_alone => b",\"site_name\":\"Z\xfcrich\"",
            _ => b",\"first_seen_list\":[\"2025-03-28T02:19:42Z\"]",
        };
        rows.push([start.as_bytes(), rest, end.as_bytes()].concat());
    }
    let count = if from == 0 { "100" } else { "null" };
    let (start, middle): (&[u8], &[u8]) = (b"{\"devices\":[", b"],\"count\":");
    let body = [start, &rows.join(&b','), middle, count.as_bytes(), b"}"].concat();
    Response::builder().header("content-type", "application/json").body(body.into()).unwrap()
}

fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body("{\"detail\":\"Internal error\"}".into()).unwrap()
}

/// The page in parts after it failed as a whole, and the answers that took.
async fn read(row: Rows, window: Window) -> (Result<Transformed, Failure>, usize) {
    let table = Arc::new(Table { row, answers: AtomicUsize::new(0) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new().fallback(answer).with_state(Arc::clone(&table));
    tokio::spawn(axum::serve(listener, service).into_future());
    let source = Setup::of(&url).build().unwrap();
    let whole = source.fetch(Stream::Assets, window).await.unwrap_err();
    let before = table.answers.load(Ordering::Relaxed);
    let fetched = source.fetch_in_parts(Stream::Assets, window, whole).await;
    let answers = table.answers.load(Ordering::Relaxed) - before;
    let replays_the_same = |Fetched { transformed, raw, .. }: Fetched| {
        assert_eq!(source.replay(Stream::Assets, &raw.into_stored()).unwrap(), transformed);
        transformed
    };
    (fetched.map(replays_the_same), answers)
}

#[tokio::test]
async fn a_row_that_breaks_each_answer_is_rejected_by_its_key_and_the_others_arrive() {
    let tables: [(Rows, u64); 6] = [
        (|place| if place == 41 { Row::NotANumber } else { Row::Sound }, 41),
        (|place| if place == 0 { Row::NotANumber } else { Row::Sound }, 0),
        (|place| if place == 99 { Row::Latin1 } else { Row::Sound }, 99),
        (|place| if place == 50 { Row::Latin1 } else { Row::Sound }, 50),
        (|place| if place == 0 { Row::Breaks } else { Row::Sound }, 0),
        (|place| if place == 77 { Row::Breaks } else { Row::Sound }, 77),
    ];
    for (row, bad) in tables {
        let (read, answers) = read(row, PAGE).await;
        let read = read.unwrap();
        let keys: Vec<RowKey> = (0..ROWS).map(|place| RowKey::of([format!("d-{place}")])).collect();
        assert_eq!((read.row_keys, read.vendor_count), (keys, Some(ROWS)));
        assert_eq!((read.fetched, read.records.len()), (ROWS, 99));
        let [reject] = &*read.rejects else { panic!("{:?}", read.rejects) };
        assert_eq!((reject.row, reject.unread), (bad, true));
        assert_eq!(reject.asset, Some(format!("d-{bad}")));
        assert_eq!(reject.vendor_key, Some(VendorKey::of_texts([format!("d-{bad}")])));
        assert!(reject.reason.starts_with(&format!("row at offset {bad} (d-{bad}) ")), "{}", reject.reason);
        assert!(answers < 25, "{answers} answers for one row");
    }
}

#[tokio::test]
async fn a_row_without_a_readable_key_is_reported_by_its_place() {
    let (read, _) = read(|place| if place == 41 { Row::Status } else { Row::Sound }, PAGE).await;
    let read = read.unwrap();
    assert_eq!((read.fetched, read.records.len()), (ROWS, 99));
    assert_eq!(read.row_keys.get(41), Some(&RowKey::keyless("row-41")));
    let [reject] = &*read.rejects else { panic!("{:?}", read.rejects) };
    assert_eq!((reject.asset.as_ref(), reject.vendor_key.as_ref(), reject.unread), (None, None, true));
    insta::assert_snapshot!(reject.reason, @"row at offset 41 breaks each answer it is in: 500 Internal Server Error: Internal error");
}

#[tokio::test]
async fn many_rows_may_break_answers() {
    let (read, answers) = read(|place| if place % 4 == 1 { Row::Latin1 } else { Row::Sound }, PAGE).await;
    let read = read.unwrap();
    assert_eq!((read.rejects.len(), read.records.len()), (25, 75));
    assert!(answers < 200, "{answers} answers for 25 rows");
}

/// The page of a recount, and of a table with a single row in scope.
#[tokio::test]
async fn one_row_alone_is_divided_too() {
    let one = Window { offset: 0, limit: 1 };
    let (read, _) = read(|place| if place == 0 { Row::Status } else { Row::Sound }, one).await;
    let read = read.unwrap();
    assert_eq!((read.fetched, read.rejects.len(), read.vendor_count), (1, 1, Some(ROWS)));
}

#[tokio::test]
async fn a_vendor_that_answers_no_row_has_an_outage_and_no_unreadable_rows() {
    let (read, answers) = read(|_| Row::Status, PAGE).await;
    assert_eq!(read.unwrap_err().kind, FailureKind::Unavailable);
    assert!(answers < 20, "{answers} answers of a vendor that is down");
}

#[tokio::test]
async fn a_run_opens_although_the_first_row_breaks_answers() {
    for row in [(|place| if place == 0 { Row::Status } else { Row::Sound }) as Rows, |place| {
        if place == 0 { Row::Latin1 } else { Row::Sound }
    }] {
        let table = Arc::new(Table { row, answers: AtomicUsize::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, Router::new().fallback(answer).with_state(table)).into_future());
        let source = Setup::of(&url).with("data_to_sync", "assets".into()).build().unwrap();
        assert_eq!(source.open().await.unwrap().first().and_then(|opened| opened.count), Some(ROWS));
    }
}
