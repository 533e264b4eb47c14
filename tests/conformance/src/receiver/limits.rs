//! Limits: of a batch, of a request, and of the calls.

use super::driver::ReceiverDriver;
use super::items::{Items, asset, open};
use super::stage::Stage;
use crate::stage::{Answer, Deed};
use causeway_domain::FailureKind;
use causeway_domain::delivery::ItemAnswer;
use causeway_ports::{Clock, Destination, SystemClock};
use futures::future::join_all;
use std::time::Duration;

/// Deliveries that are made side by side.
const CALLS: u32 = 12;

/// A batch as large as `limits` allows arrives.
pub async fn a_batch_at_its_limits_arrives<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let limits = stage.receiver.limits();
    let each = limits.findings / limits.assets;
    let full = |filler: usize| -> Items {
        let item = |number: usize| {
            let findings = (0..each).map(|finding| open(&format!("f-{finding}"))).collect();
            let mut item = asset(&format!("asset-{number:06}"), findings);
            item["body"]["description"] = "x".repeat(filler).into();
            item
        };
        (0..limits.assets).map(item).collect()
    };
    let room = limits.bytes.saturating_sub(full(0).bytes());
    let items = full(room / limits.assets);
    assert!(items.bytes() <= limits.bytes, "{} bytes of at most {}", items.bytes(), limits.bytes);
    stage.accept(0, &items).await;
    assert_eq!(stage.driver.kept().len(), limits.assets);
}

/// An item above the limits travels alone, because items are never split: it arrives whole or is refused.
pub async fn an_item_above_the_limits_travels_alone<D: ReceiverDriver>() {
    let stage = Stage::<D>::new().await;
    let limits = stage.receiver.limits();
    let findings = (0..=limits.findings).map(|finding| open(&format!("f-{finding}"))).collect();
    let many: Items = [asset("many", findings)].into_iter().collect();
    let mut large = asset("large", vec![open("f")]);
    large["body"]["description"] = "x".repeat(limits.bytes + 1).into();
    let large: Items = [large].into_iter().collect();
    for (number, items) in [many, large].into_iter().enumerate() {
        let answers =
            stage.deliver(u32::try_from(number).unwrap(), &items).await.expect("an answer to the item");
        assert!(matches!(answers[0], ItemAnswer::Accepted | ItemAnswer::Refused(_)), "{:?}", answers[0]);
    }
}

/// A request that is larger than the API takes is divided, or fails as a whole; no item is accepted that did not arrive.
pub async fn a_request_that_is_too_large_loses_nothing<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    stage.accept(0, &Items::some(8)).await;
    let whole = stage.calls(api).last().map_or(0, |call| call.body.len());
    let clean = stage.driver.kept();
    let stage = Stage::<D>::new().await;
    stage.relay.follow(move |call| {
        let too_large = !api.credential.is_sign_in(call) && call.body.len() > whole / 2;
        if too_large {
            Deed::Answer(Answer::json(413, r#"{"message":"Payload too large"}"#))
        } else {
            Deed::Pass
        }
    });
    match stage.deliver(0, &Items::some(8)).await {
        Ok(answers) => {
            assert!(answers.iter().all(|answer| *answer == ItemAnswer::Accepted), "{answers:?}");
            assert_eq!(stage.driver.kept(), clean);
        }
        Err(failure) => assert_eq!(failure.kind, FailureKind::RequestRejected, "{failure}"),
    }
}

/// One item that breaks the request: the others arrive, or the batch fails as a whole.
pub async fn one_item_at_fault_is_found<D: ReceiverDriver>() {
    if D::API.is_none() {
        return;
    }
    for status in [400, 422] {
        let stage = Stage::<D>::new().await;
        stage.relay.follow(move |call| {
            let at_fault = String::from_utf8_lossy(&call.body).contains("asset-5");
            if at_fault {
                Deed::Answer(Answer::json(status, r#"{"message":"Invalid asset"}"#))
            } else {
                Deed::Pass
            }
        });
        match stage.deliver(0, &Items::some(8)).await {
            Ok(answers) => {
                let refused: Vec<usize> =
                    (0..8).filter(|place| answers[*place] != ItemAnswer::Accepted).collect();
                assert_eq!(refused, [5], "{answers:?}");
            }
            Err(failure) => assert_eq!(failure.kind, FailureKind::RequestRejected, "{status}: {failure}"),
        }
    }
}

/// Requests of deliveries side by side are spaced over all of them, as the settings say.
pub async fn requests_keep_their_rate<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    let start = stage.clock.now();
    side_by_side(&stage).await;
    let requests = stage.relay.count();
    let passed = stage.clock.now().duration_since(start).as_millis();
    let least = (requests as i128 - 1) * 1000 / i128::from(api.limits.per_second);
    assert!(passed >= least, "{requests} requests in {passed} ms, not in {least} ms");
}

/// No more requests are under way than the settings allow.
pub async fn requests_at_once_are_bounded<D: ReceiverDriver>() {
    let Some(allowed) = D::API.and_then(|api| api.limits.at_once) else { return };
    let stage = Stage::<D>::new().await;
    side_by_side(&stage).await;
    let most = stage.relay.most_at_once();
    assert!(most <= allowed, "{most} requests at once, {allowed} are allowed");
}

async fn side_by_side<D: ReceiverDriver>(stage: &Stage<D>) {
    let items = Items::some(2);
    let calls = (0..CALLS).map(|number| async move {
        // Requests of calls that begin in the same instant would not meet in the relay.
        SystemClock.sleep(Duration::from_millis(1)).await;
        number
    });
    join_all(calls.map(|number| async { stage.accept(number.await, &items).await })).await;
}

/// A 429 or 503 that names some seconds is waited for, or goes back to the caller with them.
pub async fn a_short_pause_is_kept<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    for (number, status, seconds) in [(0, 429, 20), (1, 503, 9)] {
        let at = stage.calls(api).len();
        let mut once = Some(paused(status, &seconds.to_string()));
        stage.relay.follow(move |call| match once.take_if(|_| !api.credential.is_sign_in(call)) {
            Some(answer) => Deed::Answer(answer),
            None => Deed::Pass,
        });
        match stage.deliver(number, &Items::some(2)).await {
            Ok(answers) if answers.iter().all(|answer| *answer == ItemAnswer::Accepted) => {
                let calls = &stage.calls(api)[at..];
                let passed = calls[1].at.duration_since(calls[0].at).as_secs();
                assert!(passed >= seconds, "{status} asked for {seconds} s, sent after {passed} s");
            }
            told => are_asked_to_wait(&told),
        }
        stage.heal();
        stage.accept(number, &Items::some(2)).await;
    }
}

/// A 429 that names minutes goes back to the caller with them. Nothing is sent while the pause is in force.
pub async fn a_long_pause_goes_back_to_the_caller<D: ReceiverDriver>() {
    let Some(api) = D::API else { return };
    let stage = Stage::<D>::new().await;
    stage.break_calls(api, Deed::Answer(paused(429, "300")));
    are_asked_to_wait(&stage.deliver(0, &Items::some(3)).await);
    stage.relay.pass();
    let requests = stage.relay.count();
    for number in 0..3 {
        are_asked_to_wait(&stage.deliver(number, &Items::some(3)).await);
    }
    assert_eq!(stage.relay.count(), requests, "requests within a pause");
    stage.clock.advance(Duration::from_secs(400));
    stage.accept(0, &Items::some(3)).await;
}

/// Every item comes again after a pause.
fn are_asked_to_wait(told: &Result<Vec<ItemAnswer>, causeway_domain::Failure>) {
    let failures: Vec<_> = match told {
        Err(failure) => vec![failure],
        Ok(answers) => {
            let again = answers.iter().map(|answer| match answer {
                ItemAnswer::Again(failure) => failure,
                other => panic!("within a pause: {other:?}"),
            });
            again.collect()
        }
    };
    for failure in failures {
        assert!(
            failure.retry_after.is_some_and(|pause| pause.as_secs() >= 1),
            "{failure}, without the pause"
        );
    }
}

fn paused(status: u16, seconds: &str) -> Answer {
    Answer::json(status, r#"{"message":"Too Many Requests"}"#).with("retry-after", seconds)
}
