//! Encodings of answers, and the memory they may take.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use axum::Router;
use axum::routing::get;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Channel, ChannelSettings, Meter, Share, Throttling};
use causeway_ports::{SystemClock, SystemIds};
use reqwest::Method;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const TEXT: &[u8] = br#"{"rows":[1,2,3]}"#;
/// The same, packed by gzip.
const GZIP: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 202, 47, 47, 86, 178, 138, 54, 212, 49, 210, 49, 142, 173,
    5, 0, 95, 235, 221, 236, 16, 0, 0, 0,
];

/// Reads `body`, sent as `encoding`, with a limit of one mebibyte; also returns the counted bytes.
async fn read(encoding: &'static str, body: Vec<u8>) -> (Result<Vec<u8>, Failure>, u64) {
    let answer = move || async move { ([("content-encoding", encoding)], body) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().route("/", get(answer))).into_future());
    let settings = ChannelSettings {
        product: "test",
        base_url: &url,
        authority: None,
        timeout: Duration::from_secs(30),
        max_answer_bytes: 1 << 20,
        requests_per_second: 50,
        share: Share::WHOLE,
        throttling: Throttling::STANDARD,
    };
    let channel = Channel::new(&settings, Arc::new(SystemClock), Arc::new(SystemIds)).unwrap();
    let meter = Meter::default();
    let answer = channel.send("GET /", channel.request(Method::GET, "/"), &meter).await;
    (answer.map(|answer| answer.body.to_vec()), meter.total().bytes)
}

/// `text` as a sender packs it who does not know its length, with a window of 2 to the power of `window`.
fn zstd_with_window(text: &[u8], window: u32) -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(window).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn gzip_and_zstd_are_unpacked() {
    let zstd = zstd::encode_all(TEXT, 3).unwrap();
    let two_frames = [zstd::encode_all(&TEXT[..5], 3).unwrap(), zstd::encode_all(&TEXT[5..], 3).unwrap()];
    let bodies = [
        ("gzip", GZIP.to_vec()),
        ("zstd", zstd),
        ("ZSTD", two_frames.concat()),
        ("zstd", zstd_with_window(TEXT, 23)),
        ("identity", TEXT.to_vec()),
    ];
    for (encoding, body) in bodies {
        let (read, counted) = read(encoding, body).await;
        assert_eq!((read.unwrap(), counted), (TEXT.to_vec(), TEXT.len() as u64), "{encoding}");
    }
    let long: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
    assert_eq!(read("zstd", zstd::encode_all(long.as_slice(), 1).unwrap()).await.0.unwrap(), long);
    assert!(read("zstd", Vec::new()).await.0.unwrap().is_empty());
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_not_read() {
    let bomb = zstd::encode_all([0u8; 8 << 20].as_slice(), 1).unwrap();
    assert!(bomb.len() < 64 << 10);
    let (answer, counted) = read("zstd", bomb).await;
    assert_eq!(answer.unwrap_err().kind, FailureKind::AnswerTooLarge);
    assert!(counted <= 1 << 20);
}

/// A window is taken before the first byte is unpacked.
#[tokio::test]
async fn the_window_of_zstd_counts_towards_what_an_answer_may_take() {
    for window in [24, 27] {
        let failure = read("zstd", zstd_with_window(TEXT, window)).await.0.unwrap_err();
        assert_eq!(failure.kind, FailureKind::AnswerTooLarge, "{window}: {failure}");
        assert!(failure.detail.contains("window above 8 MiB"), "{failure}");
    }
}

#[tokio::test]
async fn a_packed_answer_that_is_cut_or_none_is_told() {
    let whole = zstd::encode_all(TEXT, 3).unwrap();
    let cut = read("zstd", whole[..whole.len() - 2].to_vec()).await.0.unwrap_err();
    assert_eq!(cut.kind, FailureKind::TruncatedAnswer, "{cut}");
    let none = read("zstd", TEXT.to_vec()).await.0.unwrap_err();
    assert_eq!(none.kind, FailureKind::MalformedAnswer, "{none}");
}

#[tokio::test]
async fn a_byte_order_mark_is_not_part_of_an_answer() {
    let marked = [b"\xef\xbb\xbf", TEXT].concat();
    assert_eq!(read("identity", marked.clone()).await.0.unwrap(), TEXT);
    assert_eq!(read("zstd", zstd::encode_all(marked.as_slice(), 3).unwrap()).await.0.unwrap(), TEXT);
}
