//! The channel against servers on loopback, and its pace on a clock that moves only during waits.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, Version};
use axum::routing::get;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Channel, ChannelSettings, Checklist, Meter, Pace, Share, Throttling};
use causeway_ports::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

struct PatientClock(Mutex<Timestamp>);

impl PatientClock {
    fn start() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-01T10:00:00Z".parse().unwrap())))
    }
}

#[async_trait]
impl Clock for PatientClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.saturating_add(pause).unwrap();
    }
}

/// The same clock in a process that begins no work after a given time.
struct Limited(Arc<PatientClock>, Timestamp);

#[async_trait]
impl Clock for Limited {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, pause: Duration) {
        self.0.sleep(pause).await;
    }

    fn begin_until(&self) -> Option<Timestamp> {
        Some(self.1)
    }
}

/// A clock of a process that begins no work after this many seconds.
fn limited(seconds: i64) -> (Arc<Limited>, Arc<PatientClock>) {
    let clock = PatientClock::start();
    let until = clock.now() + SignedDuration::from_secs(seconds);
    (Arc::new(Limited(Arc::clone(&clock), until)), clock)
}

struct Highest;

impl Ids for Highest {
    fn unique(&self) -> String {
        String::new()
    }

    fn fraction(&self) -> f64 {
        1.0
    }
}

fn pace(requests_per_second: u32) -> (Pace, Arc<PatientClock>) {
    shared_pace(requests_per_second, Share::WHOLE)
}

fn shared_pace(requests_per_second: u32, share: Share) -> (Pace, Arc<PatientClock>) {
    let clock = PatientClock::start();
    let shared: Arc<dyn Clock> = Arc::<PatientClock>::clone(&clock);
    (Pace::new(requests_per_second, share, shared, Arc::new(Highest)), clock)
}

async fn channel(router: Router, pause_headers: &'static [&'static str]) -> Channel {
    timed_channel(router, pause_headers).await.0
}

async fn timed_channel(
    router: Router,
    pause_headers: &'static [&'static str],
) -> (Channel, Arc<PatientClock>) {
    let clock = PatientClock::start();
    let shared: Arc<dyn Clock> = Arc::<PatientClock>::clone(&clock);
    (channel_on(shared, router, pause_headers).await, clock)
}

async fn channel_on(
    clock: Arc<dyn Clock>,
    router: Router,
    pause_headers: &'static [&'static str],
) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    let settings = ChannelSettings {
        product: "test",
        base_url: &url,
        authority: None,
        timeout: Duration::from_secs(30),
        max_answer_bytes: 1 << 20,
        requests_per_second: 50,
        share: Share::WHOLE,
        throttling: Throttling { pause_headers, ..Throttling::STANDARD },
    };
    Channel::new(&settings, clock, Arc::new(Highest)).unwrap()
}

#[tokio::test]
async fn slots_are_evenly_spaced_without_a_burst() {
    let (pace, clock) = pace(4);
    let meter = Meter::default();
    let start = clock.now();
    for _ in 0..9 {
        pace.slot("x", &meter).await.unwrap();
    }
    assert_eq!(clock.now().duration_since(start).as_millis(), 2000);
    assert_eq!(meter.total().waited_ms, 2000);
}

#[tokio::test]
async fn processes_that_share_a_limit_keep_it_together() {
    for (limit, processes) in [(4, 1), (4, 10), (1, 50), (3, 7), (100, 1000)] {
        let (pace, clock) = shared_pace(limit, Share::among(processes));
        let start = clock.now();
        let requests = 20;
        for _ in 0..=requests {
            pace.slot("x", &Meter::default()).await.unwrap();
        }
        let took = clock.now().duration_since(start).as_secs_f64();
        let all_together = f64::from(requests) * f64::from(processes) / took;
        let limit = f64::from(limit);
        assert!(
            (limit * 0.99..=limit * 1.000_001).contains(&all_together),
            "{processes} at {limit}/s make {all_together}/s"
        );
    }
    assert_eq!(Share::among(0), Share::WHOLE);
}

#[tokio::test]
async fn a_wait_above_a_minute_goes_back_to_the_queue() {
    let (pace, clock) = shared_pace(1, Share::among(90));
    pace.slot("x", &Meter::default()).await.unwrap();
    let start = clock.now();
    let failure = pace.slot("x", &Meter::default()).await.unwrap_err();
    assert_eq!((failure.kind, clock.now()), (FailureKind::RateLimited, start), "{failure}");
    assert_eq!(failure.retry_after.map(|pause| pause.as_secs()), Some(90), "{failure}");
}

#[tokio::test]
async fn a_pause_beyond_the_time_left_goes_back_to_the_queue() {
    let (limit, clock) = limited(30);
    let pace = Pace::new(50, Share::WHOLE, limit, Arc::new(Highest));
    pace.slow_down(Some(Duration::from_secs(45)));
    let start = clock.now();
    let failure = pace.slot("x", &Meter::default()).await.unwrap_err();
    assert_eq!((failure.kind, clock.now()), (FailureKind::RateLimited, start), "{failure}");
    assert_eq!(failure.retry_after.map(|pause| pause.as_secs()), Some(45), "{failure}");
    clock.sleep(Duration::from_secs(20)).await;
    assert!(pace.slot("x", &Meter::default()).await.is_err(), "10 s are left, and the pause lasts 25");
    let (limit, clock) = limited(50);
    let pace = Pace::new(50, Share::WHOLE, limit, Arc::new(Highest));
    pace.slow_down(Some(Duration::from_secs(45)));
    pace.slot("x", &Meter::default()).await.unwrap();
    assert_eq!(clock.now().duration_since(start).as_secs(), 45);
}

#[tokio::test]
async fn a_slot_beyond_the_time_left_goes_back_to_the_queue() {
    let (limit, clock) = limited(10);
    let pace = Pace::new(1, Share::among(20), limit, Arc::new(Highest));
    pace.slot("x", &Meter::default()).await.unwrap();
    let failure = pace.slot("x", &Meter::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited, "{failure}");
    assert!(clock.now() < "2026-11-01T10:00:11Z".parse().unwrap());
}

#[tokio::test]
async fn a_pause_beyond_the_time_left_costs_one_request_and_no_attempt() {
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        let router = Router::new().route("/", get(move || async move { (status, [("retry-after", "45")]) }));
        let (limit, clock) = limited(30);
        let start = clock.now();
        let channel = channel_on(limit, router, &["Retry-After"]).await;
        let meter = Meter::default();
        let attempt = async || {
            let answer = channel.send("x", channel.request(Method::GET, "/"), &meter).await?;
            answer.refusal("x", None).map_or(Ok(()), Err)
        };
        let failure = channel.persist(&meter, attempt).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::RateLimited, "{failure}");
        assert_eq!(failure.retry_after.map(|pause| pause.as_secs()), Some(45), "{failure}");
        assert_eq!((meter.total().requests, clock.now()), (1, start), "{failure}");
    }
}

#[tokio::test]
async fn one_pause_is_one_step_however_many_calls_were_refused() {
    let (pace, _) = pace(50);
    let seconds = |pause: Duration| pause.as_secs_f64();
    assert_eq!([pace.slow_down(None), pace.slow_down(None)].map(seconds), [1.5, 1.5]);
    pace.slot("x", &Meter::default()).await.unwrap();
    assert_eq!(seconds(pace.slow_down(None)), 3.0);
    pace.slot("x", &Meter::default()).await.unwrap();
    pace.accepted();
    assert_eq!(seconds(pace.slow_down(None)), 1.5);
    assert_eq!(seconds(pace.slow_down(Some(Duration::from_secs(20)))), 20.0, "the longer pause holds");
    assert_eq!(seconds(pace.slow_down(Some(Duration::from_secs(5)))), 20.0);
}

#[tokio::test]
async fn a_named_pause_never_stops_the_floor_from_growing() {
    for named in [0, 1] {
        let (pace, _) = pace(50);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            pauses.push(pace.slow_down(Some(Duration::from_secs(named))).as_secs_f64());
            pace.slot("x", &Meter::default()).await.unwrap();
        }
        assert_eq!(pauses, [1.5, 3.0, 6.0, 12.0, 24.0, 48.0, 48.0], "{named}");
    }
}

#[tokio::test]
async fn a_server_that_names_no_pause_is_not_flooded() {
    for (status, named) in [
        (429, "0"),
        (429, "-3"),
        (429, "NaN"),
        (429, "Sun, 01 Nov 2026 09:00:00 GMT"),
        (425, "0"),
        (503, "0.001"),
    ] {
        let answer = move || async move { (StatusCode::from_u16(status).unwrap(), [("retry-after", named)]) };
        let (channel, clock) = timed_channel(Router::new().route("/", get(answer)), &["Retry-After"]).await;
        let (start, meter) = (clock.now(), Meter::default());
        while clock.now().duration_since(start).as_secs() < 60 {
            let attempt = || async {
                let answer = channel.send("GET /", channel.request(Method::GET, "/"), &meter).await?;
                answer.refusal("GET /", None).map_or(Ok(()), Err)
            };
            channel.persist(&meter, attempt).await.unwrap_err();
        }
        let requests = meter.total().requests;
        assert!(requests <= 10, "{status} {named}: {requests} requests in a minute");
    }
}

#[tokio::test]
async fn the_most_trusted_header_names_the_pause() {
    let answer = || async {
        let headers = [("retry-after", "7"), ("x-ratelimit-towait-sec", "11")];
        (StatusCode::TOO_MANY_REQUESTS, headers, "slow down")
    };
    let channel =
        channel(Router::new().route("/", get(answer)), &["X-RateLimit-ToWait-Sec", "Retry-After"]).await;
    let answer = channel.send("GET /", channel.request(Method::GET, "/"), &Meter::default()).await.unwrap();
    assert_eq!(answer.retry_after, Some(Duration::from_secs(11)));
    let failure = answer.refusal("GET /", None).unwrap();
    assert_eq!((failure.kind, failure.retry_after), (FailureKind::RateLimited, answer.retry_after));
}

#[tokio::test]
async fn only_transient_failures_are_retried() {
    let channel = channel(Router::new(), &[]).await;
    for (kind, tries) in [
        (FailureKind::Unavailable, 4),
        (FailureKind::UnexpectedAnswer, 2),
        (FailureKind::MalformedAnswer, 2),
        (FailureKind::Unauthorized, 1),
        (FailureKind::AnswerTooLarge, 1),
    ] {
        let made = Mutex::new(0);
        let attempt = || async {
            *made.lock().unwrap() += 1;
            Err::<(), _>(Failure::new(kind, "x", "y"))
        };
        let meter = Meter::default();
        channel.persist(&meter, attempt).await.unwrap_err();
        assert_eq!(*made.lock().unwrap(), tries, "{kind:?}");
        assert_eq!(meter.total().retries, tries - 1);
    }
}

#[tokio::test]
async fn a_request_names_the_program_and_follows_nothing() {
    let answer = |version: Version, headers: HeaderMap| async move {
        let agent = headers["user-agent"].to_str().unwrap().to_owned();
        (
            StatusCode::FOUND,
            [("location", "https://elsewhere.example.com/a?token=b".to_owned())],
            format!("{version:?} {agent}"),
        )
    };
    let channel = channel(Router::new().route("/a/", get(answer)), &[]).await;
    let answer =
        channel.send("GET /a/", channel.request(Method::GET, "/a/"), &Meter::default()).await.unwrap();
    let body = std::str::from_utf8(&answer.body).unwrap();
    assert_eq!(body, format!("HTTP/1.1 Causeway/{} (test)", env!("CARGO_PKG_VERSION")));
    let failure = answer.refusal("GET /a/", Some("ignored")).unwrap();
    insta::assert_snapshot!(failure, @"GET /a/: 302 Found: points to elsewhere.example.com, which is not followed");
}

#[tokio::test]
async fn a_failed_check_skips_the_later_ones() {
    let channel = channel(Router::new(), &[]).await;
    let mut checks = Checklist::new(PatientClock::start());
    checks.reach(&channel).await;
    checks.check("First", async { Err(Failure::new(FailureKind::Forbidden, "x", "no")) }).await;
    checks.check("Second", async { panic!("made after a failure") }).await;
    let names: Vec<_> = checks.finish().into_iter().map(|check| (check.name, check.detail)).collect();
    let names: Vec<_> = names.iter().map(|(name, detail)| format!("{name}: {detail}")).collect();
    assert!(names[0].starts_with("Network Reachability: 127.0.0.1:"), "{names:?}");
    insta::assert_snapshot!(names[1..].join("\n"), @r#"
TLS Handshake: plain http to this machine
First: no
Second: skipped because First failed
"#);
}
