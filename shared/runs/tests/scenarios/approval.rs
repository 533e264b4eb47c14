//! A held plan and the person it waits for: approved, discarded, overtaken, whatever is cut short.

use crate::world::{Answer, Ended, World, anna, failure};
use causeway_domain::{ConnectionState, FailureKind, InterventionKind, Outcome};
use causeway_runs::{Person, approve, discard, redrive};

/// A settled plant that really lost its site North, and the run that is held for it.
async fn held(world: World) -> (World, Ended) {
    let mut world = world;
    world.vendor.change(|tables| {
        tables.rows.retain(|key, _| !key.asset.starts_with("pump"));
        tables.row("cam-1", "v1").value = 7;
    });
    let run = world.run().await;
    run.is(Outcome::Held);
    (world, run)
}

async fn on_disk() -> (World, Ended) {
    held(World::settled().await).await
}

async fn in_memory() -> (World, Ended) {
    held(World::in_memory().await.settle().await).await
}

fn bert() -> Person {
    Person { by: "bert".to_owned(), note: String::new() }
}

#[tokio::test]
async fn an_approved_plan_is_carried_out_as_it_was_shown() {
    let (mut world, held) = on_disk().await;
    let id = causeway_runs::plan_id(&world.engine, &world.name, &held.run).await.unwrap().unwrap();
    world.vendor.take_calls();
    let sent = world.receiver.sent().len();
    approve(&world.engine, (&world.name, &held.run), &anna(), Some(&id)).await.unwrap();
    assert_eq!(world.record().await.state, ConnectionState::Processing);
    world.drain().await;
    let ended = world.ended(&held.run, sent).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-1", "pump-1", "pump-2"]);
    assert_eq!(world.vendor.take_calls(), [], "nothing is read again");
    let since = Some("2026-03-01T02:00:00Z".to_owned());
    assert_eq!(world.receiver.status("pump-1", "v1"), ("fixed".to_owned(), since), "the day of the run");

    let details = causeway_runs::details(&world.engine, &world.name, &held.run).await.unwrap();
    let [by] = details.interventions.as_slice() else { panic!("{:?}", details.interventions) };
    assert_eq!(
        (by.kind, by.by.as_str(), by.note.as_str()),
        (InterventionKind::Approve, "anna", "looked at it")
    );
    let again = approve(&world.engine, (&world.name, &held.run), &bert(), None).await.unwrap_err();
    assert!(again.to_string().contains("approved by anna on 2026-03-01"), "{again}");
    let next = world.run().await;
    next.is(Outcome::Complete);
    assert_eq!(next.sent, Vec::<String>::new());
}

#[tokio::test]
async fn only_the_plan_that_was_shown_is_approved() {
    let (world, held) = on_disk().await;
    for id in ["00000000", "", "abc"] {
        let other = approve(&world.engine, (&world.name, &held.run), &anna(), Some(id)).await.unwrap_err();
        assert_eq!(other.kind, FailureKind::NotPossible, "{id}");
    }
    assert_eq!(world.record().await.state, ConnectionState::Errored);
}

#[tokio::test]
async fn a_discarded_plan_stays_discarded() {
    let (mut world, held) = on_disk().await;
    let before = world.ledger().await;
    let first = discard(&world.engine, (&world.name, &held.run), &anna()).await.unwrap();
    let second = discard(&world.engine, (&world.name, &held.run), &bert()).await.unwrap();
    assert_eq!((first.by.as_str(), &second), ("anna", &first), "the first one counts");
    let refused = approve(&world.engine, (&world.name, &held.run), &bert(), None).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotPossible);
    assert!(refused.to_string().contains("discarded by anna"), "{refused}");
    redrive(&world.engine, (&world.name, &held.run), &bert()).await.unwrap_err();
    world.drain().await;
    world.ended(&held.run, 0).await.is(Outcome::Held);
    assert_eq!(world.ledger().await, before);
    world.run().await.is(Outcome::Held);
}

#[tokio::test]
async fn a_newer_run_takes_the_place_of_a_held_plan() {
    let (mut world, held) = on_disk().await;
    let started = world.start().await.unwrap();
    for refused in [
        approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap_err(),
        discard(&world.engine, (&world.name, &held.run), &anna()).await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, FailureKind::Superseded);
        assert!(refused.to_string().contains(started.run.as_str()), "{refused}");
    }
    world.drain().await;
    world.ended(&held.run, 0).await.is(Outcome::Held);
    let second = held.run.as_str().split('-').next().unwrap();
    let unknown = causeway_domain::RunId::parse(&format!("{second}-00000000")).unwrap();
    let missing = approve(&world.engine, (&world.name, &unknown), &anna(), None).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn while_an_approved_plan_goes_out_no_run_starts() {
    let (mut world, held) = on_disk().await;
    approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap();
    assert_eq!(world.start().await.unwrap_err().kind, FailureKind::RunInProgress);
    let helped = approve(&world.engine, (&world.name, &held.run), &bert(), None).await.unwrap();
    assert!(helped.resumed);
    world.drain().await;
    world.ended(&held.run, 0).await.is(Outcome::Complete);
}

/// A plan that was approved and failed to arrive is redriven without another approval.
#[tokio::test]
async fn an_approval_outlives_a_receiver_that_is_down() {
    let (mut world, held) = on_disk().await;
    world.receiver.script(|_| Answer::Fail(failure(FailureKind::Unauthorized)));
    approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap();
    world.drain().await;
    world.ended(&held.run, 0).await.is(Outcome::Failed);
    world.receiver.behave();
    let sent = world.receiver.sent().len();
    redrive(&world.engine, (&world.name, &held.run), &bert()).await.unwrap();
    world.drain().await;
    let ended = world.ended(&held.run, sent).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-1", "pump-1", "pump-2"]);
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

/// Approved, and nobody worked on it until its deadline: the next run has it in its ledger and sends it.
#[tokio::test]
async fn an_approved_plan_that_nobody_carried_out_is_sent_by_the_next_run() {
    let (mut world, held) = on_disk().await;
    approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap();
    world.clock.pass(std::time::Duration::from_secs(5 * 3600));
    let sent = world.receiver.sent().len();
    let next = world.start().await.unwrap();
    world.drain().await;
    let ended = world.ended(&next.run, sent).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-1", "pump-1", "pump-2"]);
    world.ended(&held.run, 0).await.is(Outcome::Failed);
    assert_eq!(world.receiver.status("pump-2", "v3").0, "fixed");
}

#[tokio::test]
async fn killed_before_any_write_an_approval_ends_the_same() {
    let (world, held) = in_memory().await;
    world.power.fail_after(1_000);
    approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap();
    world.drain().await;
    let writes = 1_000 - world.power.left();
    let calm = (world.receiver.assets(), world.ledger().await);
    assert!(writes > 8, "only {writes} writes");
    for write in 0..writes {
        let (world, held) = in_memory().await;
        world.power.fail_after(write);
        if approve(&world.engine, (&world.name, &held.run), &anna(), None).await.is_ok() {
            world.drain_until_off().await;
        }
        assert!(world.power.is_off(), "write {write} of {writes}");
        world.restart().await;
        // The person asks again; what is done by then is not done twice.
        let _ = approve(&world.engine, (&world.name, &held.run), &anna(), None).await;
        world.drain().await;
        world.ended(&held.run, 0).await.is(Outcome::Complete);
        assert_eq!((world.receiver.assets(), world.ledger().await), calm, "killed before write {write}");
    }
}

/// Cut short at any write and then forgotten: the next run finds a connection that is whole.
#[tokio::test]
async fn killed_before_any_write_an_intervention_leaves_a_sound_connection() {
    for kind in [InterventionKind::Approve, InterventionKind::Discard] {
        for write in 0..14 {
            let (mut world, held) = in_memory().await;
            let run = (&world.name.clone(), &held.run.clone());
            world.power.fail_after(write);
            let done = match kind {
                InterventionKind::Discard => discard(&world.engine, run, &anna()).await.is_ok(),
                _ => approve(&world.engine, run, &anna(), None).await.is_ok(),
            };
            if done {
                world.drain_until_off().await;
            }
            world.power.restore();
            world.clock.pass(std::time::Duration::from_secs(5 * 3600));
            let next = world.start().await.unwrap();
            world.restart().await;
            world.drain().await;
            let ended = world.ended(&next.run, 0).await;
            let before = world.ended(&held.run, 0).await.outcome.outcome;
            let details = causeway_runs::details(&world.engine, &world.name, &held.run).await.unwrap();
            let known = details.interventions.iter().any(|one| one.kind == kind);
            assert!(known || before == Outcome::Held, "{kind} {write}: what was done is on record");
            let approved = known && kind == InterventionKind::Approve;
            // Approved, its absences are in the ledger; else the next run is held as this one was.
            let expected = if approved { Outcome::Complete } else { Outcome::Held };
            assert_eq!(ended.outcome.outcome, expected, "{kind} {write}");
            let closed = world.ledger().await.into_values().filter(|line| line.contains("absence")).count();
            // Six findings and their two assets.
            assert_eq!(closed, if approved { 8 } else { 0 }, "{kind} {write}");
        }
    }
}

/// Approve, discard and the next run at the same moment: one wins, whatever the order of their writes.
#[tokio::test]
async fn of_two_persons_and_a_schedule_one_is_first() {
    for writes in 0..6 {
        let (mut world, held) = in_memory().await;
        let name = world.name.clone();
        let run = (&name, &held.run);
        // The first one is stopped in the middle, the others come, then the first one repeats.
        world.power.fail_after(writes);
        let _ = approve(&world.engine, run, &anna(), None).await;
        world.power.restore();
        let discarded = discard(&world.engine, run, &bert()).await.is_ok();
        let started = world.start().await.is_ok();
        let approved = approve(&world.engine, run, &anna(), None).await.is_ok();
        assert!(!(approved && (discarded || started)), "{writes}");
        assert!(approved || started, "{writes}");
        world.restart().await;
        world.drain().await;
        let outcome = world.ended(&held.run, 0).await.outcome.outcome;
        assert_eq!(outcome, if approved { Outcome::Complete } else { Outcome::Held }, "{writes}");
    }
}
