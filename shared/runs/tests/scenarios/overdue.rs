//! Runs whose last check is lost: a queue may let a message expire, or put it aside after processes died over it (I-11).

use crate::world::{Act, Call, World, by, failure};
use causeway_domain::{ConnectionName, ConnectionState, Failure, FailureKind, Outcome, RunId};
use causeway_ports::Settlement;
use std::time::Duration;

impl World {
    /// Takes every message away, as a queue does whose messages expire.
    async fn lose_messages(&self) {
        let queues = &self.engine.queues;
        for queue in [&queues.work, &queues.finalize, &queues.deliver] {
            for received in queue.receive(1000).await.unwrap() {
                queue.settle(&received, Settlement::Done).await.unwrap();
            }
        }
    }

    /// As the scheduler does.
    async fn end_overdue(&self) -> Result<Vec<(ConnectionName, RunId)>, Failure> {
        causeway_runs::end_overdue(&by("SchedulerRole", &self.engine)).await
    }

    /// A run of which no message is left.
    async fn with_a_lost_run(minutes: u32) -> Self {
        let mut world = Self::settled().await;
        world.define(|definition| definition.run.deadline_minutes = minutes).await;
        world.start().await.unwrap();
        // Its first check waits for a second.
        world.clock.pass(Duration::from_secs(5));
        world.lose_messages().await;
        assert!(!world.wait().await, "no message is left");
        world
    }
}

#[tokio::test]
async fn a_run_whose_check_is_lost_ends_soon_after_its_deadline() {
    let mut world = World::with_a_lost_run(30).await;
    let (before, run) = (world.ledger().await, world.record().await.current_run.unwrap());
    for (minutes, of) in [(29, "the deadline has not passed"), (30, "its own checks come first")] {
        world.clock.pass(Duration::from_secs(60 * minutes));
        assert_eq!(world.end_overdue().await.unwrap(), [], "{of}");
        assert_eq!(world.record().await.state, ConnectionState::Processing);
    }
    world.clock.pass(Duration::from_secs(120));
    let ended = world.end_overdue().await.unwrap();
    assert_eq!(ended, [(world.name.clone(), run.clone())]);
    let sent = world.receiver.sent().len();
    let ended = world.ended(&run, sent).await;
    assert!(ended.is(Outcome::Failed).contains("deadline"));
    assert_eq!((world.record().await.state, world.ledger().await), (ConnectionState::Errored, before));
    assert_eq!(world.end_overdue().await.unwrap(), [], "once");
    world.run().await.is(Outcome::Complete);
}

#[tokio::test]
async fn a_run_that_cannot_be_ended_is_told() {
    let world = World::with_a_lost_run(30).await;
    let run = world.record().await.current_run.unwrap();
    let key = format!("runs/{}/{run}/outcome.json", world.name);
    // An outcome that cannot be read cannot be followed.
    let put = causeway_ports::PutCondition::IfAbsent;
    world.engine.objects.put(&key, "{".into(), put).await.unwrap();
    world.clock.pass(Duration::from_secs(7200));
    let failed = world.end_overdue().await.unwrap_err();
    assert_eq!(failed.kind, FailureKind::StoreDamaged);
}

/// A message that is sent on at each pause of the other side must end with its run, whatever becomes of the checks.
#[tokio::test]
async fn nothing_is_asked_or_sent_on_after_the_deadline() {
    let mut world = World::settled().await;
    world.vendor.script(|call, _| match call {
        Call::Fetch(..) => Act::Fail(failure(FailureKind::RateLimited).after(Some(Duration::from_secs(600)))),
        _ => Act::Honest,
    });
    world.define(|definition| definition.run.deadline_minutes = 30).await;
    world.start().await.unwrap();
    let work = std::sync::Arc::clone(&world.engine.queues.work);
    for round in 1..=100 {
        let received = work.receive(100).await.unwrap();
        world.clock.pass(Duration::from_secs(60));
        for message in received {
            let settlement = causeway_runs::fetch(&world.engine, &message).await;
            work.settle(&message, settlement).await.unwrap();
        }
        if round == 25 {
            assert!(!world.vendor.take_calls().is_empty(), "it is asked until the deadline");
        }
    }
    let asked = world.vendor.take_calls();
    assert!(asked.len() < 8, "the last ones before the deadline: {asked:?}");
    world.clock.pass(Duration::from_secs(3600));
    assert!(work.receive(100).await.unwrap().is_empty(), "no page goes round any more");
    assert_eq!(world.end_overdue().await.unwrap().len(), 1);
}
