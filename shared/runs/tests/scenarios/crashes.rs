//! Killed at any moment and started again, a run ends as if nothing had happened.

use crate::world::World;
use causeway_domain::{FindingKey, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// What must not depend on crashes.
type End = (BTreeMap<String, Value>, BTreeMap<FindingKey, String>);

async fn end(world: &World) -> End {
    (world.receiver.assets(), world.ledger().await)
}

/// A small plant before a run in which much happens: something new, changed, gone, and a page that needs repair.
async fn eventful() -> World {
    let world = World::in_memory().await.settle().await;
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v2");
        tables.row("pump-1", "").value = 3;
        tables.put("pump-2", "v4");
    });
    world
}

/// The run's end, once its process was started again.
async fn recovered(world: &mut World, starts: u32) -> End {
    world.restart().await;
    // Whoever wanted the run asks again, as a scheduler does.
    let started = causeway_runs::start(&world.engine, &world.name, &world.request(starts)).await.unwrap();
    world.drain().await;
    world.ended(&started.run, 0).await.is(Outcome::Complete);
    end(world).await
}

#[tokio::test]
async fn killed_after_any_step_it_ends_the_same() {
    let (_, undisturbed) = calm().await;
    for steps in 0.. {
        let mut world = eventful().await;
        world.start().await.unwrap();
        let mut alive = true;
        for _ in 0..steps {
            alive = world.advance().await;
        }
        if !alive {
            assert!(steps > 15, "only {steps} steps to be killed after");
            break;
        }
        world.step_and_die().await;
        assert_eq!(recovered(&mut world, 2).await, undisturbed, "killed in step {steps}");
    }
}

/// Killed between any two writes, those of the start included.
#[tokio::test]
async fn killed_before_any_write_it_ends_the_same() {
    let (writes, undisturbed) = calm().await;
    assert!(writes > 60, "only {writes} writes");
    for write in 0..writes {
        let mut world = eventful().await;
        world.power.fail_after(write);
        if world.start().await.is_ok() {
            world.drain_until_off().await;
        }
        assert!(world.power.is_off(), "write {write} of {writes}");
        assert_eq!(recovered(&mut world, 2).await, undisturbed, "killed before write {write} of {writes}");
    }
}

/// How many writes the run takes, and how it ends, when nothing happens to it.
async fn calm() -> (i64, End) {
    let mut world = eventful().await;
    let many = i64::from(i32::MAX);
    world.power.fail_after(many);
    world.run().await.is(Outcome::Complete);
    (many - world.power.left(), end(&world).await)
}

/// Killed between any two writes, and instead of going on at once the next run is wanted: the first still has its end.
#[tokio::test]
async fn killed_before_any_write_it_still_ends_when_another_run_follows() {
    let (writes, _) = calm().await;
    // Before the first write there is no run.
    for write in 1..writes {
        let mut world = eventful().await;
        world.power.fail_after(write);
        if world.start().await.is_ok() {
            world.drain_until_off().await;
        }
        world.power.restore();
        let first = world.record().await.current_run.unwrap();
        world.clock.pass(std::time::Duration::from_secs(5 * 3600));
        let second = world.start().await.unwrap();
        world.restart().await;
        world.drain().await;
        world.ended(&second.run, 0).await.is(Outcome::Complete);
        let outcome = world.ended(&first, 0).await.outcome.outcome;
        let committed = world.receiver.status("cam-1", "v2").1.unwrap() == "2026-03-01T02:00:00Z";
        // One that failed while it delivered has closed the finding as well.
        assert!(committed || outcome != Outcome::Complete, "killed before write {write} of {writes}");
    }
}
