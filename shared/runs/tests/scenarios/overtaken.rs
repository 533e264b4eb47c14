//! Two processes at work on one run, of which one is slow.

use crate::world::{Act, Call, Meanwhile, Row, Way, World, failure};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::reading::Cursor;
use causeway_domain::{FailureKind, Generation, Outcome, RunId, Stream};
use causeway_ports::{Received, Settlement};
use std::sync::Arc;

/// I-3: found by the simulation. A check listed the pages; then another one had pages read again and judged the coverage by
/// them, and its process died. The first took that coverage together with its own list, and planned without those pages.
#[tokio::test]
async fn a_slow_check_plans_from_all_pages_that_the_coverage_was_judged_by() {
    // The first steps read the pages, and the moments in question come after the last of them.
    for steps in 10.. {
        for reads in 1.. {
            let (world, run) = with_a_late_row().await;
            for _ in 0..steps {
                assert!(world.advance().await);
            }
            if world.engine.objects.get(&RunKeys::new(&world.name, &run).coverage()).await.unwrap().is_some()
            {
                assert!(steps > 15, "judged after {steps} steps");
                return;
            }
            if !others_go_on_before(reads, &world, &run).await {
                break;
            }
            world.restart().await;
            world.drain().await;
            world.ended(&run, 0).await.is(Outcome::Complete);
            let known = world.ledger().await.len();
            assert_eq!(known, 17, "the new finding is known; {reads} reads after {steps} steps");
        }
    }
}

/// Makes a check that is slow before read number `reads`, while the others come as far as the plan; returns whether
/// it read that often.
async fn others_go_on_before(reads: u32, world: &Arc<World>, run: &RunId) -> bool {
    let slow = Meanwhile::before_read(reads, world, |world| {
        Box::pin(async move {
            world.power.fail_at(|key| key.ends_with("/plan.json") && !key.contains("draft"));
            world.drain_until_off().await;
            world.power.restore();
        })
    });
    causeway_runs::finalize(&slow.engine(), &check(world, run)).await;
    slow.has_happened()
}

/// A run that has begun, and whose pages lack the only new finding when they are read first.
async fn with_a_late_row() -> (Arc<World>, RunId) {
    let mut world = World::in_memory().await.settle().await;
    world.vendor.change(|tables| tables.put("pump-2", "v4"));
    let mut read = Vec::new();
    world.vendor.script(move |call, _| {
        if !matches!(call, Call::Fetch(Stream::Findings, _)) || read.contains(call) {
            return Act::Honest;
        }
        read.push(call.clone());
        Act::Answer(|rows| rows.into_iter().filter(|row| !is_new(row.as_ref())).collect())
    });
    let run = world.start().await.unwrap().run;
    (Arc::new(world), run)
}

fn is_new(row: Option<&Row>) -> bool {
    row.is_some_and(|row| row.key.finding == "v4")
}

fn check(world: &World, run: &RunId) -> Received {
    let message = Message {
        version: 1,
        connection: world.name.clone(),
        run: run.clone(),
        generation: Generation(2),
        attempt: 0,
        work: Work::Finalize { check: 0 },
    };
    Received { body: message.to_body(), receipt: "slow".to_owned(), receives: 1, last_receive: false }
}

/// I-2: found by the simulation. Two workers had copies of a message; the cursor of the slow one expired after the other had
/// read the chain to its end. It began the chain anew while the plan was made.
#[tokio::test]
async fn a_worker_that_was_overtaken_does_not_begin_a_chain_anew() {
    for reads in 1.. {
        let world = World::in_memory().await;
        world.vendor.change(|tables| tables.way = Way::Cursors);
        let mut followed = Vec::new();
        world.vendor.script(move |call, _| {
            let again = followed.contains(call);
            followed.push(call.clone());
            let expired = again && matches!(call, Call::Follow(_, Cursor::Opaque { cursor: Some(_) }));
            if expired { Act::Fail(failure(FailureKind::CursorExpired)) } else { Act::Honest }
        });
        let (world, copy) = with_a_copy_of_a_link(world).await;
        let slow =
            Meanwhile::before_read(reads, &world, |world| Box::pin(async move { world.drain().await }));
        causeway_runs::fetch(&slow.engine(), &copy).await;
        if !slow.has_happened() {
            assert!(reads > 4, "the worker reads {reads} objects only");
            return;
        }
        let keys = world.engine.objects.list("runs/").await.unwrap();
        let anew: Vec<_> = keys.iter().filter(|key| key.contains("/chain-0-1/")).collect();
        assert_eq!(anew, Vec::<&String>::new(), "after {reads} reads");
        let work = world.engine.queues.work.receive(10).await.unwrap();
        assert!(work.is_empty(), "after {reads} reads: {work:?}");
    }
}

/// A run that is at the second page of its findings, and a copy of the message for it.
async fn with_a_copy_of_a_link(mut world: World) -> (Arc<World>, Received) {
    world.start().await.unwrap();
    loop {
        let queue = &world.engine.queues.work;
        let received = queue.receive(1).await.unwrap().pop().unwrap();
        let work = Message::parse(&received.body).unwrap().work;
        let is_link = matches!(&work, Work::Link { page, .. } if page.stream == Stream::Findings);
        let settlement = if is_link {
            Settlement::RetryIn(std::time::Duration::ZERO)
        } else {
            causeway_runs::fetch(&world.engine, &received).await
        };
        queue.settle(&received, settlement).await.unwrap();
        if is_link {
            return (Arc::new(world), received);
        }
    }
}
