//! The vendor's limits, over all calls of a source, on a clock that moves only during waits.

use crate::fixture::{PAGE, Setup, message, source};
use crate::vendor::{Reply, Vendor, devices};
use causeway_domain::{FailureKind, Stream};
use causeway_ports::{Clock, Source};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn slow_down() -> Reply {
    Reply::status(429, r#"{"detail":"Too Many Requests"}"#)
}

#[tokio::test]
async fn requests_are_spaced_over_all_concurrent_calls() {
    let vendor = Vendor::start((0..6).map(|_| devices(1))).await;
    let mut setup = Setup::of(&vendor.url).with("requests_per_second", json!(4));
    setup.clock = Arc::clone(&vendor.clock);
    let source = setup.build().unwrap();
    let calls = (0..6).map(|_| source.fetch(Stream::Assets, PAGE));
    futures::future::try_join_all(calls).await.unwrap();
    let start = "2026-11-01T10:00:00Z".parse().unwrap();
    let passed = vendor.clock.now().duration_since(start);
    assert!(passed.as_millis() >= 1250, "6 requests at 4 a second took {passed:#}");
}

#[tokio::test]
async fn a_named_pause_is_waited_for_and_counted() {
    let vendor = Vendor::start([slow_down().and_header("retry-after", "30"), devices(1)]).await;
    let (source, _) = source(&vendor);
    let fetched = source.fetch(Stream::Assets, PAGE).await.unwrap();
    let requests = vendor.requests();
    assert_eq!(requests[1].at.duration_since(requests[0].at).as_secs(), 30);
    assert_eq!(fetched.traffic.waited_ms, 30_000);
    assert_eq!((fetched.traffic.requests, fetched.traffic.retries), (2, 1));
}

#[tokio::test]
async fn a_pause_named_as_a_date_is_waited_for() {
    let vendor = Vendor::start([
        slow_down()
            .and_header("date", "Sun, 01 Nov 2026 12:00:00 GMT")
            .and_header("retry-after", "Sun, 01 Nov 2026 12:00:12 GMT"),
        devices(1),
    ])
    .await;
    let (source, _) = source(&vendor);
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    let requests = vendor.requests();
    assert_eq!(requests[1].at.duration_since(requests[0].at).as_secs(), 12);
}

#[tokio::test]
async fn without_a_named_pause_it_doubles() {
    let vendor = Vendor::start([slow_down(), slow_down(), slow_down(), devices(1)]).await;
    let (source, _) = source(&vendor);
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    let requests = vendor.requests();
    let pauses: Vec<_> =
        requests.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).as_millis()).collect();
    assert_eq!(pauses, [1250, 2500, 5000]);
}

#[tokio::test]
async fn four_tries_are_enough() {
    let vendor = Vendor::start((0..9).map(|_| slow_down())).await;
    let (source, _) = source(&vendor);
    let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    assert_eq!(vendor.requests().len(), 4);
    insta::assert_snapshot!(message(&failure, &vendor), @"RateLimited: POST /api/v1/devices/: 429 Too Many Requests");
}

#[tokio::test]
async fn a_long_pause_goes_back_to_the_caller_and_holds_for_every_call() {
    let vendor = Vendor::start([slow_down().and_header("retry-after", "120"), devices(1)]).await;
    let (source, clock) = source(&vendor);
    let first = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    assert_eq!((first.kind, first.retry_after), (FailureKind::RateLimited, Some(Duration::from_secs(120))));
    clock.advance(Duration::from_secs(50));
    let second = source.fetch(Stream::Findings, PAGE).await.unwrap_err();
    assert_eq!((second.kind, second.retry_after), (FailureKind::RateLimited, Some(Duration::from_secs(70))));
    insta::assert_snapshot!(message(&second, &vendor), @"RateLimited: POST /api/v1/device_vulnerability_relations/: the server asked for a pause; 70 s remain");
    assert_eq!(vendor.requests().len(), 1, "nothing is sent while the pause is in force");
    clock.advance(Duration::from_secs(20));
    let third = source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!(third.traffic.waited_ms, 50_000);
}

#[tokio::test]
async fn a_busy_server_may_name_a_pause_too() {
    let vendor = Vendor::start([Reply::status(503, "").and_header("retry-after", "9"), devices(1)]).await;
    let (source, _) = source(&vendor);
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    let requests = vendor.requests();
    assert_eq!(requests[1].at.duration_since(requests[0].at).as_secs(), 9);
}
