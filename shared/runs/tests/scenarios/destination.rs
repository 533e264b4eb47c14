//! A destination that refuses, fails, or answers too late.

use crate::world::{Answer, World, failure};
use causeway_domain::delivery::BatchLimits;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FailureKind, Outcome};

#[tokio::test]
async fn an_asset_that_is_refused_is_sent_again_by_the_next_run() {
    let mut world = World::new().await;
    world.receiver.script(|_| Answer::Refuse("cam-2"));
    let first = world.run().await;
    assert!(first.is(Outcome::Partial).contains("refused 1 assets"));
    assert_eq!((first.outcome.delivered.assets, first.outcome.delivered.refused_assets), (3, 1));
    assert!(!world.receiver.assets().contains_key("cam-2"));

    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.sent, ["cam-2"], "only what was refused");
    assert_eq!(second.outcome.findings.rules[&Rule::SentAgain], 3);

    world.receiver.behave();
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, ["cam-2"]);
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_closing_that_was_refused_is_sent_again_although_nothing_changed_since() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    world.receiver.script(|_| Answer::Refuse("cam-1"));
    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    world.receiver.behave();
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, ["cam-1"]);
    assert_eq!(
        world.receiver.status("cam-1", "v1"),
        ("fixed".to_owned(), Some("2026-03-01T02:00:00Z".to_owned()))
    );
}

#[tokio::test]
async fn a_destination_that_goes_down_fails_the_run_and_the_next_one_sends_the_rest() {
    let mut world = World::new().await;
    // The first batch arrives, the second never.
    world.receiver.script(|batch| {
        if batch == 0 { Answer::Accept } else { Answer::Fail(failure(FailureKind::Unavailable)) }
    });
    let first = world.run().await;
    let reason = first.is(Outcome::Failed);
    assert!(reason.contains("batch 2"), "{reason}");
    let arrived: Vec<String> = world.receiver.assets().into_keys().collect();
    assert!(!arrived.is_empty());
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent.len(), 4 - arrived.len(), "what has arrived is not sent again");
    assert_eq!(world.receiver.assets().len(), 4);
}

/// The first run closes a finding, its other batch never arrives, and then the finding is back as it was.
#[tokio::test]
async fn what_a_failed_run_brought_over_is_known_to_the_next_one() {
    let mut world = World::settled().await;
    let all = |world: &World, value| {
        world.vendor.change(|tables| tables.rows.values_mut().for_each(|row| row.value = value));
    };
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    all(&world, 1);
    world.receiver.script(|batch| {
        if batch == 0 { Answer::Accept } else { Answer::Fail(failure(FailureKind::Unavailable)) }
    });
    world.run().await.is(Outcome::Failed);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "fixed");
    world.receiver.behave();
    world.vendor.change(|tables| tables.put("cam-1", "v1"));
    all(&world, 0);
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "open", "the vendor has it");
    let mut calm = World::settled().await;
    calm.run().await.is(Outcome::Complete);
    assert_eq!(world.receiver.assets(), calm.receiver.assets());
}

/// I-9
#[tokio::test]
async fn an_answer_that_is_lost_sends_the_batch_again_and_changes_nothing() {
    let mut world = World::new().await;
    let mut lost = std::collections::BTreeSet::new();
    world.receiver.script(move |batch| {
        if lost.insert(batch) { Answer::AcceptAndFail(failure(FailureKind::Timeout)) } else { Answer::Accept }
    });
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!(first.sent.len(), 8, "each twice");
    let mut calm = World::new().await;
    calm.run().await.is(Outcome::Complete);
    assert_eq!(world.receiver.assets(), calm.receiver.assets());
    assert_eq!(first.outcome.delivered.assets, 4, "counted once");
}

#[tokio::test]
async fn a_destination_that_refuses_the_login_fails_the_run_at_once() {
    let mut world = World::new().await;
    world.receiver.script(|_| Answer::Fail(failure(FailureKind::Unauthorized)));
    let first = world.run().await;
    first.is(Outcome::Failed);
    assert!(first.sent.len() <= 4, "not tried again: {:?}", first.sent);
    assert_eq!(first.outcome.failure.unwrap().kind, FailureKind::Unauthorized, "the cause, with its advice");
}

/// I-6: however a plan is cut into batches, the same arrives and the same is known.
#[tokio::test]
async fn the_size_of_batches_changes_nothing_but_their_number() {
    let mut ends = Vec::new();
    for (assets, findings, bytes) in [(1, 1, 1), (2, 6, 10_000), (100, 4, 10_000), (100, 1_000, 1_000_000)] {
        let mut world = World::in_memory().await;
        world.receiver.limit(BatchLimits { assets, findings, bytes });
        let first = world.run().await;
        first.is(Outcome::Complete);
        world.vendor.change(|tables| {
            tables.remove("cam-1", "v2");
            tables.row("pump-1", "v1").value = 3;
        });
        let second = world.run().await;
        second.is(Outcome::Complete);
        let sizes = (first.outcome.delivered.deliveries, second.sent.clone());
        ends.push((sizes, world.receiver.assets(), world.ledger().await, second.verdicts));
    }
    let numbers: Vec<u64> = ends.iter().map(|((deliveries, _), ..)| *deliveries).collect();
    assert!(numbers[0] == 4 && numbers[3] == 1, "{numbers:?}");
    for (sizes, assets, ledger, verdicts) in &ends {
        assert_eq!(sizes.1, ["cam-1", "pump-1"]);
        assert_eq!((assets, ledger, verdicts), (&ends[0].1, &ends[0].2, &ends[0].3));
    }
}
