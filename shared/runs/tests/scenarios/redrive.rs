//! What a run gave up is tried again: nothing is fetched or sent twice, and the run goes on to its end.

use crate::world::{Act, Answer, Call, Ended, World, anna, failure};
use causeway_domain::page::Window;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FailureKind, Outcome, RunId, Stream};
use causeway_runs::redrive;

const PAGE: Call = Call::Fetch(Stream::Findings, Window { offset: 3, limit: 4 });

pub(crate) async fn redriven(world: &World, run: &RunId) -> Ended {
    let sent = world.receiver.sent().len();
    redrive(&world.engine, (&world.name, run), &anna()).await.unwrap();
    world.drain().await;
    world.ended(run, sent).await
}

/// A run that lost a page of findings, while a finding changed and another vanished.
async fn without_a_page(mut world: World) -> (World, Ended) {
    world.vendor.change(|tables| {
        tables.row("cam-1", "v1").value = 9;
        tables.remove("pump-1", "v2");
    });
    world.vendor.script(|call, _| {
        if *call == PAGE { Act::Fail(failure(FailureKind::RequestRejected)) } else { Act::Honest }
    });
    let failed = world.run().await;
    failed.is(Outcome::Failed);
    world.vendor.behave();
    (world, failed)
}

/// A run whose second batch never arrived.
async fn without_a_batch(mut world: World) -> (World, Ended) {
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v2");
        tables.rows.values_mut().for_each(|row| row.value = 9);
    });
    world.receiver.script(|batch| {
        if batch == 1 { Answer::Fail(failure(FailureKind::Unauthorized)) } else { Answer::Accept }
    });
    let failed = world.run().await;
    failed.is(Outcome::Failed);
    world.receiver.behave();
    (world, failed)
}

#[tokio::test]
async fn a_lost_page_is_read_and_the_run_goes_on() {
    let (mut world, failed) = without_a_page(World::settled().await).await;
    world.vendor.take_calls();
    let ended = redriven(&world, &failed.run).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-1", "pump-1"]);
    assert_eq!(ended.verdict("pump-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    let calls = world.vendor.take_calls();
    let pages = calls.iter().filter(|call| matches!(call, Call::Fetch(_, window) if window.limit > 1));
    assert_eq!(pages.collect::<Vec<_>>(), [&PAGE], "what is staged is not fetched again");
    assert!(!calls.contains(&Call::Open));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_may_be_lost_again() {
    let (world, failed) = without_a_page(World::settled().await).await;
    for _ in 0..3 {
        world.vendor.script(|call, _| {
            if *call == PAGE { Act::Fail(failure(FailureKind::Forbidden)) } else { Act::Honest }
        });
        let again = redriven(&world, &failed.run).await;
        assert!(again.is(Outcome::Failed).contains("findings, page 2"));
        assert_eq!(again.outcome.failure.unwrap().kind, FailureKind::Forbidden, "the cause of this attempt");
    }
    world.vendor.behave();
    redriven(&world, &failed.run).await.is(Outcome::Complete);
    let details = causeway_runs::details(&world.engine, &world.name, &failed.run).await.unwrap();
    assert_eq!((details.interventions.len(), details.dead_letters.len()), (4, 0));
}

#[tokio::test]
async fn only_what_did_not_arrive_is_sent() {
    let (mut world, failed) = without_a_batch(World::settled().await).await;
    assert!(world.record().await.ledger.unwrap().undelivered.is_some());
    let ended = redriven(&world, &failed.run).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["pump-2"], "the second batch");
    assert_eq!(ended.outcome.delivered.assets, 4);
    assert_eq!(world.record().await.ledger.unwrap().undelivered, None);
    assert_eq!(world.run().await.sent, Vec::<String>::new(), "the next run has nothing left to send");
}

#[tokio::test]
async fn refused_assets_are_sent_again_without_the_others() {
    let mut world = World::new().await;
    world.receiver.script(|_| Answer::Refuse("cam-2"));
    let first = world.run().await;
    first.is(Outcome::Partial);
    let again = redriven(&world, &first.run).await;
    again.is(Outcome::Partial);
    assert_eq!(again.sent, ["cam-2"]);
    world.receiver.behave();
    let ended = redriven(&world, &first.run).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-2"]);
    assert_eq!((ended.outcome.delivered.assets, ended.outcome.delivered.refused_assets), (4, 0));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_at_its_deadline_gets_a_new_one() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.row("cam-1", "v1").value = 9);
    world.vendor.script(|call, _| {
        if *call == PAGE { Act::Fail(failure(FailureKind::RateLimited)) } else { Act::Honest }
    });
    world.define(|definition| definition.run.deadline_minutes = 30).await;
    let failed = world.run().await;
    assert!(failed.is(Outcome::Failed).contains("deadline"));
    let again = redriven(&world, &failed.run).await;
    assert!(again.is(Outcome::Failed).contains("deadline"), "the new deadline holds as well (I-11)");
    world.vendor.behave();
    let ended = redriven(&world, &failed.run).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-1"]);
}

#[tokio::test]
async fn a_redriven_run_can_be_held_and_approved() {
    let mut world = World::settled().await;
    world
        .define(|definition| (definition.guards.min_fixed, definition.guards.max_fixed_percent) = (1, 5.0))
        .await;
    let (world, failed) = without_a_page(world).await;
    let held = redriven(&world, &failed.run).await;
    assert!(held.is(Outcome::Held).contains("1 of 12 open findings"));
    assert_eq!(held.sent, Vec::<String>::new());
    causeway_runs::approve(&world.engine, (&world.name, &failed.run), &anna(), None).await.unwrap();
    world.drain().await;
    world.ended(&failed.run, 0).await.is(Outcome::Complete);
    assert_eq!(world.receiver.status("pump-1", "v2").0, "fixed");
}

#[tokio::test]
async fn there_must_be_something_to_redrive_in_the_newest_run() {
    let mut world = World::settled().await;
    let complete = world.run().await;
    let refused = redrive(&world.engine, (&world.name, &complete.run), &anna()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotPossible);
    world.vendor.script(|_, _| Act::Fail(failure(FailureKind::Unauthorized)));
    world.start().await.unwrap_err();
    let unopened = world.record().await.current_run.unwrap();
    let refused = redrive(&world.engine, (&world.name, &unopened), &anna()).await.unwrap_err();
    assert!(refused.to_string().contains("start a new run"), "{refused}");
    let older = redrive(&world.engine, (&world.name, &complete.run), &anna()).await.unwrap_err();
    assert_eq!(older.kind, FailureKind::Superseded);
}

/// Cut short before any write and asked for again, both kinds of redrive end as if nothing had happened.
#[tokio::test]
async fn killed_before_any_write_a_redrive_ends_the_same() {
    for lost_page in [true, false] {
        let failed = || async {
            let world = World::in_memory().await.settle().await;
            if lost_page { without_a_page(world).await } else { without_a_batch(world).await }
        };
        let (world, run) = failed().await;
        world.power.fail_after(1_000);
        redriven(&world, &run.run).await.is(Outcome::Complete);
        let writes = 1_000 - world.power.left();
        let calm = (world.receiver.assets(), world.ledger().await);
        assert!(writes > 6, "only {writes} writes");
        for write in 0..writes {
            let (mut world, failed) = failed().await;
            world.power.fail_after(write);
            if redrive(&world.engine, (&world.name, &failed.run), &anna()).await.is_ok() {
                world.drain_until_off().await;
            }
            assert!(world.power.is_off(), "write {write} of {writes}");
            world.restart().await;
            let _ = redrive(&world.engine, (&world.name, &failed.run), &anna()).await;
            world.drain().await;
            world.ended(&failed.run, 0).await.is(Outcome::Complete);
            assert_eq!((world.receiver.assets(), world.ledger().await), calm, "killed before write {write}");
            assert_eq!(world.run().await.sent, Vec::<String>::new(), "killed before write {write}");
        }
    }
}
