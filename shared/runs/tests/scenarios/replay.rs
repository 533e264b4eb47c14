//! Pages that a run kept are mapped again without the vendor.

use crate::world::{Act, Ended, World, failure};
use causeway_domain::definition::Registered;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{Failure, FailureKind, Outcome, RunId};
use causeway_runs::{ReplayRequest, Started, replay};

/// A settled plant that keeps its pages, the second run of which closed one finding and missed another when it was below
/// its streak.
async fn kept(mut world: World) -> (World, Ended) {
    world.define(|definition| definition.run.keep_raw_pages = true).await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    let run = world.run().await;
    run.is(Outcome::Complete);
    world.vendor.script(|_, _| Act::Fail(failure(FailureKind::Unavailable)));
    (world, run)
}

/// Starts a replay with a map that adds `offset` to every value.
async fn replayed(world: &World, number: u32, run: &RunId, offset: u32) -> Result<Started, Failure> {
    let request = world.request(number);
    world.clock.reach(request.at);
    let mut definition: Registered =
        causeway_runs::load(&world.engine, &world.name).await.unwrap().registered;
    definition.documents.insert("offset".to_owned(), offset.to_string());
    replay(&world.engine, &world.name, &request, &ReplayRequest { run: run.clone(), definition }).await
}

async fn ended(world: &World, started: &Started) -> Ended {
    let sent = world.receiver.sent().len();
    world.drain().await;
    world.ended(&started.run, sent).await
}

#[tokio::test]
async fn another_map_changes_what_is_known_and_closes_nothing() {
    let (mut world, run) = kept(World::settled().await).await;
    world.vendor.take_calls();
    assert_eq!(
        world.vendor.replays(),
        0,
        "a page that is fetched comes with its records and is not read again"
    );
    let again = replayed(&world, 3, &run.run, 0).await.unwrap();
    let again = ended(&world, &again).await;
    again.is(Outcome::Complete);
    assert_eq!(again.sent, Vec::<String>::new(), "the same map makes the same records");

    let started = replayed(&world, 4, &again.run, 7).await.unwrap();
    let other = ended(&world, &started).await;
    other.is(Outcome::Complete);
    assert_eq!(other.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert_eq!(other.outcome.findings.of(Verdict::Changed), 11);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "fixed", "what was closed stays closed");
    assert_eq!(world.receiver.finding("cam-1", "v2")["value"], 7);
    assert_eq!(world.vendor.take_calls(), [], "the vendor is not asked");
    assert!(world.vendor.replays() > 0, "kept pages are read");

    world.vendor.behave();
    let next = world.run_at(5).await;
    next.is(Outcome::Complete);
    assert_eq!(next.sent.len(), 4, "the connection's own map is another one");
}

/// I-1: a replay cannot ask, so an absence does not count in it.
#[tokio::test]
async fn a_replay_counts_no_absence() {
    let mut world = World::settled().await;
    world.define(|definition| definition.run.fix_after_missing_runs = 2).await;
    let (mut world, run) = kept(world).await;
    assert_eq!(run.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::BelowStreak)));
    for number in 3..6 {
        let started = replayed(&world, number, &run.run, number).await.unwrap();
        let again = ended(&world, &started).await;
        again.is(Outcome::Complete);
        assert_eq!(again.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::RunNotComplete)));
    }
    world.vendor.behave();
    assert_eq!(world.run_at(6).await.verdict("cam-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn only_the_run_that_the_ledger_came_from_can_be_replayed() {
    let mut world = World::settled().await;
    let first = world.record().await.current_run.unwrap();
    let no_pages = replayed(&world, 2, &first, 1).await.unwrap_err();
    assert!(no_pages.to_string().contains("kept no raw pages"), "{no_pages}");
    world.define(|definition| definition.run.keep_raw_pages = true).await;
    let second = world.run_at(3).await;
    let older = replayed(&world, 4, &first, 1).await.unwrap_err();
    assert_eq!(older.kind, FailureKind::NotPossible);
    assert!(older.to_string().contains(second.run.as_str()), "{older}");
}

/// Old runs go, but never the one that has the pages.
#[tokio::test]
async fn retention_keeps_the_pages_that_can_be_replayed() {
    let (mut world, run) = kept(World::settled().await).await;
    world.define(|definition| definition.run.keep_runs = 1).await;
    for number in 3..7 {
        let started = replayed(&world, number, &run.run, number).await.unwrap();
        ended(&world, &started).await.is(Outcome::Complete);
    }
}

#[tokio::test]
async fn killed_before_any_write_a_replay_ends_the_same() {
    let (world, run) = kept(World::in_memory().await.settle().await).await;
    world.power.fail_after(1_000);
    let started = replayed(&world, 3, &run.run, 7).await.unwrap();
    ended(&world, &started).await.is(Outcome::Complete);
    let writes = 1_000 - world.power.left();
    let calm = (world.receiver.assets(), world.ledger().await);
    assert!(writes > 30, "only {writes} writes");
    for write in 0..writes {
        let (world, run) = kept(World::in_memory().await.settle().await).await;
        world.power.fail_after(write);
        if replayed(&world, 3, &run.run, 7).await.is_ok() {
            world.drain_until_off().await;
        }
        assert!(world.power.is_off(), "write {write} of {writes}");
        world.restart().await;
        let again = replayed(&world, 3, &run.run, 7).await.unwrap();
        world.drain().await;
        world.ended(&again.run, 0).await.is(Outcome::Complete);
        assert_eq!((world.receiver.assets(), world.ledger().await), calm, "killed before write {write}");
    }
}
