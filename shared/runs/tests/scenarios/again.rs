//! A destination that accepts some items of a batch and wants the others again.

use crate::world::{Answer, World, anna, failure};
use causeway_domain::{Failure, FailureKind, Outcome};
use causeway_runs::redrive;
use std::collections::BTreeSet;
use std::time::Duration;

fn limited() -> Failure {
    failure(FailureKind::RateLimited).after(Some(Duration::from_secs(30)))
}

/// Wants the assets `ids` again, the first time that it gets each batch.
fn once(ids: &'static [&'static str], failure: Failure) -> impl FnMut(u32) -> Answer + Send {
    let mut seen = BTreeSet::new();
    move |batch| if seen.insert(batch) { Answer::Again(ids, failure.clone()) } else { Answer::Accept }
}

#[tokio::test]
async fn only_what_must_come_again_is_sent_again() {
    for kind in [FailureKind::RateLimited, FailureKind::Unavailable] {
        let mut world = World::new().await;
        world.receiver.script(once(&["cam-2"], failure(kind)));
        let first = world.run().await;
        first.is(Outcome::Complete);
        let mut requests = world.receiver.requests();
        requests.sort();
        assert_eq!(requests, [vec!["cam-1", "cam-2", "pump-1"], vec!["cam-2"], vec!["pump-2"]]);
        let delivered = &first.outcome.delivered;
        assert_eq!((delivered.deliveries, delivered.assets, delivered.refused_assets), (2, 4, 0));
        assert_eq!(world.run().await.sent, Vec::<String>::new());
    }
}

#[tokio::test]
async fn each_try_sends_what_the_one_before_left() {
    let mut world = World::new().await;
    let mut left: Vec<&'static [&'static str]> = vec![&[], &["pump-1"], &["cam-2", "pump-1"]];
    let mut next = move |batch| if batch == 0 { left.pop() } else { None };
    world.receiver.script(move |batch| match next(batch) {
        Some(ids) => Answer::Again(ids, limited()),
        None => Answer::Accept,
    });
    let mut first = world.run().await;
    first.is(Outcome::Complete);
    first.sent.sort();
    assert_eq!(first.sent, ["cam-1", "cam-2", "cam-2", "pump-1", "pump-1", "pump-1", "pump-2"]);
}

/// It comes back until its message was received too often; then what was accepted is known, and the rest is not.
#[tokio::test]
async fn what_was_accepted_of_a_batch_that_was_given_up_is_known() {
    let mut world = World::new().await;
    world.receiver.script(|_| Answer::Again(&["cam-2"], failure(FailureKind::Unavailable)));
    let first = world.run().await;
    let reason = first.is(Outcome::Failed);
    assert!(reason.contains("batch 1"), "{reason}");
    assert_eq!((first.outcome.delivered.deliveries, first.outcome.delivered.assets), (1, 3));
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-2"]);
}

#[tokio::test]
async fn a_redriven_run_sends_only_what_was_not_accepted() {
    let mut world = World::new().await;
    world.receiver.script(|_| Answer::Again(&["cam-2"], failure(FailureKind::Unauthorized)));
    let first = world.run().await;
    first.is(Outcome::Failed);
    assert_eq!(first.sent.len(), 4, "a failure that does not pass is not tried again");
    world.receiver.behave();
    let sent = world.receiver.sent().len();
    redrive(&world.engine, (&world.name, &first.run), &anna()).await.unwrap();
    world.drain().await;
    let ended = world.ended(&first.run, sent).await;
    ended.is(Outcome::Complete);
    assert_eq!((ended.sent, ended.outcome.delivered.assets), (vec!["cam-2".to_owned()], 4));
}

/// I-11
#[tokio::test]
async fn a_destination_that_wants_an_item_again_for_ever_ends_with_the_deadline() {
    let mut world = World::new().await;
    let later = failure(FailureKind::RateLimited).after(Some(Duration::from_secs(900)));
    world.receiver.script(move |_| Answer::Again(&["cam-2"], later.clone()));
    let first = world.run().await;
    assert!(first.is(Outcome::Failed).contains("deadline"));
    assert_eq!(first.outcome.delivered.assets, 3);
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-2"]);
}

#[tokio::test]
async fn a_batch_handled_twice_is_accounted_for_once() {
    let mut world = World::new().await;
    world.twice = true;
    let mut answers = 0;
    world.receiver.script(move |_| {
        answers += 1;
        match answers {
            1 => Answer::Again(&["cam-1"], limited()),
            2 => Answer::Again(&["cam-1", "cam-2"], limited()),
            _ => Answer::Accept,
        }
    });
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!((world.receiver.assets().len(), first.outcome.delivered.assets), (4, 4));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

/// Killed between any two writes while the destination wants part of each batch again.
#[tokio::test]
async fn killed_before_any_write_nothing_is_called_accepted_too_early() {
    let wants = || once(&["cam-1", "pump-2"], failure(FailureKind::Unavailable));
    let mut calm = World::in_memory().await;
    let many = i64::from(i32::MAX);
    calm.power.fail_after(many);
    calm.receiver.script(wants());
    calm.run().await.is(Outcome::Complete);
    let undisturbed = (calm.receiver.assets(), calm.ledger().await);
    for write in 0..many - calm.power.left() {
        let mut world = World::in_memory().await;
        world.receiver.script(wants());
        world.power.fail_after(write);
        if world.start().await.is_ok() {
            world.drain_until_off().await;
        }
        world.restart().await;
        let request = world.request(1);
        let started = causeway_runs::start(&world.engine, &world.name, &request).await.unwrap();
        world.drain().await;
        let ended = world.ended(&started.run, 0).await;
        ended.is(Outcome::Complete);
        assert_eq!(ended.outcome.delivered.assets, 4, "killed before write {write}");
        assert_eq!((world.receiver.assets(), world.ledger().await), undisturbed, "killed before {write}");
    }
}
