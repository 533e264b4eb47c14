//! Faults that pass, and those that do not pass soon.

use crate::world::{AUTH, Call, Reply, SYNC, World, assets, reply};
use causeway_domain::{FailureKind, Retry};
use causeway_ports::Clock;
use serde_json::json;
use std::time::Duration;

/// `faulty` for the first `times` requests to `path`.
fn at_first(
    path: &'static str,
    times: usize,
    faulty: impl Fn() -> Reply + Send + Sync,
) -> impl Fn(&Call) -> Reply + Send + Sync {
    move |call| if call.path == path && call.number < times { faulty() } else { Reply::Usual }
}

#[tokio::test]
async fn server_faults_are_tried_four_times() {
    for path in [AUTH, SYNC] {
        let world = World::new(at_first(path, 3, || reply(503, "busy"))).await;
        let receipt = world.deliver(&assets(1)).await.unwrap();
        assert_eq!((receipt.accepted, receipt.traffic.requests, receipt.traffic.retries), (1, 5, 3));
        let world = World::new(at_first(path, 9, || reply(502, "<html>bad gateway</html>"))).await;
        let failure = world.deliver(&assets(1)).await.unwrap_err();
        assert_eq!((failure.kind, world.calls(path).len()), (FailureKind::Unavailable, 4));
    }
}

#[tokio::test]
async fn the_repeated_request_is_the_same() {
    let world = World::new(at_first(SYNC, 1, || reply(500, ""))).await;
    world.deliver(&assets(3)).await.unwrap();
    let calls = world.calls(SYNC);
    assert_eq!(calls[0].body, calls[1].body);
}

#[tokio::test]
async fn a_request_without_an_answer_is_repeated() {
    let settings = json!({ "timeout_seconds": 1 });
    let world = World::with(settings, json!({}), at_first(SYNC, 1, || Reply::Silence)).await;
    let receipt = world.deliver(&assets(1)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.traffic.retries), (1, 1));
}

#[tokio::test]
async fn the_pause_asked_for_is_kept() {
    const HEADERS: &[(&str, &str)] = &[("x-ratelimit-towait-sec", "17"), ("retry-after", "3")];
    for (status, headers, seconds) in
        [(429, HEADERS, 17), (429, &HEADERS[1..], 3), (409, HEADERS, 17), (409, &[], 60)]
    {
        let world = World::new(at_first(SYNC, 1, move || Reply::With(status, headers, String::new()))).await;
        let start = world.clock.now();
        assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1);
        let waited = world.clock.now().duration_since(start).as_secs();
        assert!((seconds..seconds + 2).contains(&waited), "{status} {headers:?}: {waited} s");
    }
}

#[tokio::test]
async fn repeated_pauses_grow_even_if_they_name_0_seconds() {
    const HEADERS: &[(&str, &str)] = &[("x-ratelimit-towait-sec", "0"), ("retry-after", "0")];
    for status in [425, 429, 409, 503] {
        let world = World::new(at_first(SYNC, 3, move || Reply::With(status, HEADERS, String::new()))).await;
        let start = world.clock.now();
        assert_eq!(world.deliver(&assets(1)).await.unwrap().accepted, 1);
        let waited = world.clock.now().duration_since(start).as_secs();
        assert!((7..=12).contains(&waited), "{status}: 1 s, 2 s and 4 s with jitter are not {waited} s");
    }
}

#[tokio::test]
async fn a_long_pause_goes_back_to_the_queue() {
    const HEADERS: &[(&str, &str)] = &[("x-ratelimit-towait-sec", "300")];
    for status in [429, 409] {
        let world = World::new(at_first(SYNC, 1, move || Reply::With(status, HEADERS, String::new()))).await;
        let failure = world.deliver(&assets(1)).await.unwrap_err();
        assert_eq!((failure.kind, failure.retry()), (FailureKind::RateLimited, Retry::AfterPause));
        assert!(failure.retry_after.is_some_and(|pause| pause.as_secs() == 300), "{failure:?}");
        assert_eq!(world.calls(SYNC).len(), 1);
    }
}

#[tokio::test]
async fn a_pause_beyond_the_time_left_goes_back_to_the_queue() {
    const HEADERS: &[(&str, &str)] = &[("retry-after", "45")];
    for (status, headers) in [(429, HEADERS), (503, HEADERS), (409, HEADERS), (409, &[])] {
        let world = World::new(at_first(SYNC, 9, move || Reply::With(status, headers, String::new()))).await;
        world.clock.limit(Duration::from_secs(40));
        let start = world.clock.now();
        let failure = world.deliver(&assets(1)).await.unwrap_err();
        assert_eq!((failure.kind, failure.retry()), (FailureKind::RateLimited, Retry::AfterPause));
        assert!(failure.retry_after.is_some_and(|pause| pause.as_secs() >= 44), "{failure:?}");
        assert_eq!(world.calls(SYNC).len(), 1);
        assert!(world.clock.now().duration_since(start).as_secs() < 2, "nothing is waited for");
    }
}

#[tokio::test]
async fn the_rate_is_kept_over_all_calls() {
    let world = World::with(json!({ "requests_per_second": 2 }), json!({}), |_| Reply::Usual).await;
    let start = world.clock.now();
    for _ in 0..9 {
        world.deliver(&assets(1)).await.unwrap();
    }
    let waited = world.clock.now().duration_since(start).as_millis();
    assert!((4000..6000).contains(&waited), "10 requests at 2 a second took {waited} ms");
}
