//! A vendor that fails: for a while, for good, or only by asking for patience.

use crate::world::{Act, Call, World, failure};
use causeway_domain::page::Window;
use causeway_domain::{ConnectionState, FailureKind, Outcome, Stream};
use std::time::Duration;

const PAGE: Call = Call::Fetch(Stream::Findings, Window { offset: 3, limit: 4 });

#[tokio::test]
async fn a_page_that_is_refused_fails_the_run_and_leaves_the_ledger_alone() {
    let mut world = World::settled().await;
    let before = world.ledger().await;
    world.vendor.change(|tables| tables.row("cam-1", "v1").value = 9);
    world.vendor.script(|call, _| {
        if *call == PAGE { Act::Fail(failure(FailureKind::RequestRejected)) } else { Act::Honest }
    });
    let second = world.run().await;
    let reason = second.is(Outcome::Failed);
    assert!(reason.contains("findings, page 2"), "{reason}");
    assert_eq!((second.sent.len(), world.ledger().await), (0, before));
    assert_eq!(world.record().await.state, ConnectionState::Errored);

    world.vendor.behave();
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, ["cam-1"]);
}

#[tokio::test]
async fn a_vendor_that_stays_down_fails_the_run_after_five_attempts() {
    let mut world = World::settled().await;
    world.vendor.script(|call, _| {
        if *call == PAGE { Act::Fail(failure(FailureKind::Unavailable)) } else { Act::Honest }
    });
    world.vendor.take_calls();
    let second = world.run().await;
    assert!(second.is(Outcome::Failed).contains("failed after 5 attempts"));
    assert_eq!(world.vendor.take_calls().into_iter().filter(|call| *call == PAGE).count(), 5);
}

#[tokio::test]
async fn passing_faults_are_tried_again() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    let mut attempts = std::collections::BTreeMap::<String, usize>::new();
    world.vendor.script(move |call, _| {
        let kinds = [FailureKind::Timeout, FailureKind::Unreachable, FailureKind::TruncatedAnswer];
        let attempt = attempts.entry(format!("{call:?}")).or_default();
        *attempt += 1;
        // Every call but the first fails three times, each time in another way.
        match kinds.get(*attempt - 1) {
            Some(kind) if *call != Call::Open => Act::Fail(failure(*kind)),
            _ => Act::Honest,
        }
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-1"]);
}

#[tokio::test]
async fn a_vendor_that_asks_for_patience_is_never_given_up() {
    let mut world = World::settled().await;
    let mut asked = 0;
    world.vendor.script(move |call, _| {
        asked += u32::from(*call == PAGE);
        if *call == PAGE && asked < 40 {
            return Act::Fail(failure(FailureKind::RateLimited).after(Some(Duration::from_secs(60))));
        }
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    let took = second.outcome.started_at.duration_until(second.outcome.ended_at);
    assert!(took >= jiff::SignedDuration::from_mins(39), "it waited as asked: {took:?}");
}

/// I-11
#[tokio::test]
async fn a_run_that_cannot_finish_ends_at_its_deadline_and_names_what_is_missing() {
    let mut world = World::settled().await;
    world.vendor.script(|call, _| {
        if *call == PAGE { Act::Fail(failure(FailureKind::RateLimited)) } else { Act::Honest }
    });
    world.define(|definition| definition.run.deadline_minutes = 30).await;
    let second = world.run().await;
    let reason = second.is(Outcome::Failed);
    assert!(reason.contains("deadline") && reason.contains("findings, page 2"), "{reason}");
    let took = second.outcome.started_at.duration_until(second.outcome.ended_at);
    assert!(took < jiff::SignedDuration::from_mins(31), "{took:?}");
    world.vendor.behave();
    world.run().await.is(Outcome::Complete);
}

#[tokio::test]
async fn a_vendor_that_refuses_to_count_ends_the_run_at_once() {
    let mut world = World::settled().await;
    world.vendor.script(|_, _| Act::Fail(failure(FailureKind::Unauthorized)));
    let refused = world.start().await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Unauthorized);
    assert_eq!(world.record().await.state, ConnectionState::Errored);
    let runs = causeway_runs::runs(&world.engine, &world.name).await.unwrap();
    let outcome = runs[0].2.as_ref().unwrap();
    assert_eq!((outcome.outcome, outcome.failure.as_ref()), (Outcome::Failed, Some(&refused)));
    world.vendor.behave();
    world.run().await.is(Outcome::Complete);
}
