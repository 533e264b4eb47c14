//! The vendor's limits, on a clock that moves only during waits.

use super::ask::Ask;
use super::driver::SourceDriver;
use super::stage::Stage;
use crate::stage::{Answer, Deed};
use causeway_domain::FailureKind;
use causeway_ports::{Clock, SystemClock};
use futures::future::join_all;
use std::time::Duration;

/// Calls that are made side by side.
const CALLS: usize = 12;

/// Requests of calls side by side are spaced over all of them, as the settings say.
pub async fn requests_keep_their_rate<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let (start, before) = (stage.clock.now(), stage.calls().len());
    side_by_side(&stage).await;
    let requests = stage.calls().len() - before;
    let passed = stage.clock.now().duration_since(start).as_millis();
    let least = (requests as i128 - 1) * 1000 / i128::from(D::LIMITS.per_second);
    assert!(passed >= least, "{requests} requests in {passed} ms, not in {least} ms");
}

/// No more requests are under way than the settings allow.
pub async fn requests_at_once_are_bounded<D: SourceDriver>() {
    let Some(allowed) = D::LIMITS.at_once else { return };
    let stage = Stage::<D>::new().await;
    side_by_side(&stage).await;
    let most = stage.relay.most_at_once();
    assert!(most <= allowed, "{most} requests at once, {allowed} are allowed");
}

async fn side_by_side<D: SourceDriver>(stage: &Stage<D>) {
    let stream = D::STREAMS[0].stream;
    let place = stage.first_place(stream).await;
    let calls = (0..CALLS).map(|_| async {
        // Requests of calls that begin in the same instant would not meet in the relay.
        SystemClock.sleep(Duration::from_millis(1)).await;
        stage.page(stream, &place).await
    });
    for page in join_all(calls).await {
        page.expect("a page within the limits");
    }
}

/// A 429 that names some seconds is waited for, or goes back to the caller with them. No row is lost.
pub async fn a_short_pause_is_kept<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for ask in stage.asks().await {
        for (status, seconds) in [(429, 20), (503, 9)] {
            let Ok(before) = stage.ask(&ask).await else { continue };
            let at = stage.relay.count();
            let mut once = Some(paused(status, &seconds.to_string()));
            stage.relay.follow(move |call| match once.take_if(|_| !D::CREDENTIAL.is_sign_in(call)) {
                Some(answer) => Deed::Answer(answer),
                None => Deed::Pass,
            });
            match stage.ask(&ask).await {
                Ok(told) => {
                    assert_eq!(told, before, "{ask:?}: rows were lost in a pause");
                    let calls = &stage.relay.calls()[at..];
                    let [first, second, ..] = calls else { panic!("{ask:?}: no second request") };
                    let passed = second.at.duration_since(first.at).as_secs();
                    assert!(
                        passed >= seconds,
                        "{ask:?}: {status} asked for {seconds} s, sent after {passed} s"
                    );
                }
                Err(failure) => {
                    let pause = failure.retry_after.map(|pause| pause.as_secs());
                    assert!(pause.is_some_and(|pause| pause >= 1), "{ask:?}: {failure}, without the pause");
                }
            }
            stage.heal();
        }
    }
}

/// A 429 that names minutes goes back to the caller with them. Nothing is sent while the pause is in force, by any call.
pub async fn a_long_pause_goes_back_to_the_caller<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for ask in stage.asks().await {
        let Ok(before) = stage.ask(&ask).await else { continue };
        let at = stage.relay.count();
        stage.break_calls(Deed::Answer(paused(429, "300")));
        let failure = stage.ask(&ask).await.expect_err("a pause of five minutes");
        // A source may read the page again in parts, and is refused at once.
        assert_eq!(failure.kind, FailureKind::RateLimited, "{ask:?}: {failure}");
        let pause = failure.retry_after.unwrap_or_default().as_secs();
        assert!((290..=400).contains(&pause), "{ask:?}: a pause of {pause} s");
        stage.relay.pass();
        let requests = stage.relay.count();
        assert!(requests - at <= 4, "{ask:?}: {} requests into a pause", requests - at);
        for other in stage.asks_within_a_pause() {
            let failure = stage.ask(&other).await.expect_err("the pause is in force");
            assert_eq!(failure.kind, FailureKind::RateLimited, "{other:?} within a pause: {failure}");
        }
        assert_eq!(stage.relay.count(), requests, "{ask:?}: requests within a pause");
        stage.clock.advance(Duration::from_secs(400));
        assert_eq!(stage.ask(&ask).await.as_ref(), Ok(&before), "{ask:?}: after the pause");
    }
}

impl<D: SourceDriver> Stage<D> {
    /// Calls that need the vendor whatever was read before.
    fn asks_within_a_pause(&self) -> Vec<Ask> {
        D::STREAMS.iter().filter_map(|shape| self.single(shape)).chain([Ask::Open]).collect()
    }
}

fn paused(status: u16, seconds: &str) -> Answer {
    Answer::json(status, r#"{"detail":"Too Many Requests"}"#).with("retry-after", seconds)
}
