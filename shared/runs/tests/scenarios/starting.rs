//! Starting: one run per request, one live run per connection, and no way back for an old one.

use crate::world::{Meanwhile, World};
use causeway_domain::{ConnectionState, FailureKind, Outcome};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_double_fire_is_one_run() {
    let mut world = World::new().await;
    let first = world.start().await.unwrap();
    let again = causeway_runs::start(&world.engine, &world.name, &world.request(1)).await.unwrap();
    assert_eq!((&again.run, again.generation, again.resumed), (&first.run, first.generation, true));
    world.drain().await;
    let ended = world.ended(&first.run, 0).await;
    ended.is(Outcome::Complete);
    let after = causeway_runs::start(&world.engine, &world.name, &world.request(1)).await.unwrap();
    assert_eq!((after.run, after.generation), (first.run, first.generation));
    world.drain().await;
    assert_eq!(world.receiver.sent().len(), 4, "sent once");
    assert_eq!(causeway_runs::runs(&world.engine, &world.name).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fires_at_the_same_moment_are_one_run() {
    let world = Arc::new(World::new().await);
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(
                async move { causeway_runs::start(&world.engine, &world.name, &world.request(1)).await },
            )
        })
        .collect();
    let mut runs = std::collections::BTreeSet::new();
    for start in starts {
        let started = start.await.unwrap().unwrap();
        runs.insert((started.run, started.generation));
    }
    assert_eq!(runs.len(), 1);
    world.drain().await;
    world.ended(&runs.first().unwrap().0, 0).await.is(Outcome::Complete);
    assert_eq!(world.receiver.sent().len(), 4, "sent once");
}

#[tokio::test]
async fn a_fire_that_comes_late_does_not_bring_back_an_old_run() {
    let mut world = World::settled().await;
    let second = world.run().await;
    let late = causeway_runs::start(&world.engine, &world.name, &world.request(1)).await.unwrap();
    assert!(late.resumed && late.run < second.run);
    let record = world.record().await;
    assert_eq!((record.state, record.current_run), (ConnectionState::Processed, Some(second.run)));
    world.run().await.is(Outcome::Complete);
}

#[tokio::test]
async fn a_second_run_is_refused_while_one_is_live() {
    let mut world = World::new().await;
    let first = world.start().await.unwrap();
    world.step().await.unwrap();
    let refused = world.start().await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::RunInProgress);
    assert!(refused.to_string().contains(first.run.as_str()));
    world.drain().await;
    world.ended(&first.run, 0).await.is(Outcome::Complete);
}

/// I-5: at every step of its life the old run is overtaken, and what is left of its messages changes nothing.
#[tokio::test]
async fn a_dead_run_is_overtaken_and_its_messages_change_nothing() {
    for steps in 0.. {
        let mut world = World::in_memory().await.settle().await;
        world.vendor.change(|tables| tables.remove("cam-1", "v1"));
        let old = world.start().await.unwrap();
        for _ in 0..steps {
            world.advance().await;
        }
        if world.record().await.state != ConnectionState::Processing {
            break;
        }
        let sent_before = world.receiver.sent().len();
        world.clock.pass(Duration::from_secs(5 * 3600));
        let new = world.start().await.unwrap();
        assert!(new.generation > old.generation);
        world.drain().await;
        let overtaken = world.ended(&old.run, 0).await;
        assert_eq!(overtaken.outcome.failure.as_ref().unwrap().kind, FailureKind::DeadlinePassed);
        let ended = world.ended(&new.run, sent_before).await;
        ended.is(Outcome::Complete);
        // What the old run is known to have brought over is not sent again.
        assert!(ended.sent.iter().all(|asset| asset == "cam-1"), "after {steps} steps: {:?}", ended.sent);
        assert_eq!(world.receiver.status("cam-1", "v1").0, "fixed", "after {steps} steps");
        assert_eq!(world.record().await.ledger.unwrap().run, new.run);
    }
}

/// I-11: nobody starts a run after this one, and still it ends.
#[tokio::test]
async fn a_run_that_died_before_its_first_message_ends_when_the_process_is_back() {
    let mut world = World::settled().await;
    // Claimed, and cut short before the manifest.
    world.power.fail_after(1);
    world.start().await.unwrap_err();
    world.power.restore();
    assert_eq!(world.record().await.state, ConnectionState::Processing);
    world.clock.pass(Duration::from_secs(24 * 3600));
    world.restart().await;
    world.drain().await;
    assert_eq!(world.record().await.state, ConnectionState::Errored);
    world.run().await.is(Outcome::Complete);
}

/// I-4: found by the simulation. A start that was busy with the dead run before it took the end of its own run, which
/// its double had begun and brought to an end meanwhile, for a connection that is free.
#[tokio::test]
async fn a_start_whose_double_is_through_with_the_run_does_not_begin_it_again() {
    for reads in 1.. {
        let mut world = World::in_memory().await;
        world.start().await.unwrap();
        world.clock.pass(Duration::from_secs(5 * 3600));
        let world = Arc::new(world);
        let slow = Meanwhile::before_read(reads, &world, |world| {
            Box::pin(async move {
                causeway_runs::start(&world.engine, &world.name, &world.request(2)).await.unwrap();
                world.drain().await;
            })
        });
        let started = causeway_runs::start(&slow.engine(), &world.name, &world.request(2)).await.unwrap();
        if !slow.has_happened() {
            assert!(reads > 5, "the start reads {reads} objects only");
            break;
        }
        world.drain().await;
        let record = world.record().await;
        assert_eq!(record.generation.0, 2, "begun again after {reads} reads");
        assert_eq!(record.current_run, Some(started.run.clone()), "after {reads} reads");
        world.ended(&started.run, 0).await.is(Outcome::Complete);
    }
}

#[tokio::test]
async fn a_count_that_no_table_has_queues_nothing() {
    let mut world = World::new().await;
    world.vendor.change(|tables| tables.miscount = u64::MAX / 2);
    let failure = world.start().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::MalformedAnswer);
    assert!(failure.detail.contains("more than 1000000 pages"), "{failure}");
}
