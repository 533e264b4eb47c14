//! Policies of a connection: when a plan waits, when an absence counts, how long runs are kept.

use crate::world::{World, anna};
use causeway_domain::Outcome;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::{Rule, Verdict};

#[tokio::test]
async fn every_plan_that_sends_something_waits_when_that_is_wanted() {
    let mut world = World::new().await;
    world.define(|definition| definition.guards.hold_always = true).await;
    let first = world.run().await;
    assert!(first.is(Outcome::Held).contains("4 assets would be sent"));
    causeway_runs::approve(&world.engine, (&world.name, &first.run), &anna(), None).await.unwrap();
    world.drain().await;
    world.ended(&first.run, 0).await.is(Outcome::Complete);
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.row("cam-1", "v1").value = 5);
    world.run().await.is(Outcome::Held);
}

#[tokio::test]
async fn more_closings_than_allowed_wait() {
    let mut world = World::settled().await;
    world.define(|definition| definition.guards.max_fixed = Some(1)).await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| ["v2", "v3"].iter().for_each(|finding| tables.remove("cam-1", finding)));
    assert!(
        world.run().await.is(Outcome::Held).contains("2 open findings would be marked Fixed; the limit is 1")
    );
}

/// Of five runs that miss a finding only two count: one is held, one rejects a record of it, one sees it again.
#[tokio::test]
async fn only_complete_runs_that_were_carried_out_count_an_absence() {
    let mut world = World::settled().await;
    world.define(|definition| definition.run.fix_after_missing_runs = 2).await;
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));
    let below = Some((Verdict::Preserved, Rule::BelowStreak));
    assert_eq!(world.run().await.verdict("cam-1", "v2"), below);
    world.vendor.change(|tables| tables.put("cam-1", "v2"));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));

    world.define(|definition| definition.guards.hold_always = true).await;
    world.vendor.change(|tables| tables.row("pump-1", "v1").value = 1);
    let held = world.run().await;
    held.is(Outcome::Held);
    assert_eq!(held.verdict("cam-1", "v2"), below);
    world.define(|definition| definition.guards.hold_always = false).await;

    let counted = world.run().await;
    assert_eq!(counted.verdict("cam-1", "v2"), below, "the held run did not count");
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn old_runs_go_with_their_ledgers_and_what_is_needed_stays() {
    let mut world = World::settled().await;
    world.define(|definition| definition.run.keep_runs = 2).await;
    let mut runs = Vec::new();
    for value in 1..5 {
        world.vendor.change(|tables| tables.row("cam-1", "v1").value = value);
        runs.push(world.run().await.run);
    }
    let kept = causeway_runs::runs(&world.engine, &world.name).await.unwrap();
    let kept: Vec<_> = kept.into_iter().map(|(run, ..)| run).collect();
    // The third is kept because the second newest started from its ledger.
    assert_eq!(kept, [runs[3].clone(), runs[2].clone(), runs[1].clone()]);
    let gone = RunKeys::new(&world.name, &runs[0]).prefix();
    assert_eq!(world.engine.objects.list(&gone).await.unwrap(), Vec::<String>::new());
    let ledgers = world.engine.objects.list(&ConnectionKeys(&world.name).ledgers()).await.unwrap();
    assert!(ledgers.iter().all(|key| !key.contains("/000001/") && !key.contains("/000002/")), "{ledgers:?}");
    world.ledger().await;

    // Held ones do not push the ledger in force out.
    world.vendor.change(|tables| drop(tables.hidden_sites.replace("North".to_owned())));
    for _ in 0..4 {
        world.run().await.is(Outcome::Held);
    }
    world.vendor.change(|tables| tables.hidden_sites.clear());
    let well = world.run().await;
    well.is(Outcome::Complete);
    assert_eq!(well.sent, Vec::<String>::new());
}

/// Thirty folders that sort last push no run out, and are no runs themselves: folders of other names, and such with the
/// form of an id but without a manifest, or with another run's.
#[tokio::test]
async fn folders_without_a_manifest_do_not_count_as_runs() {
    let mut world = World::settled().await;
    world.define(|definition| definition.run.keep_runs = 3).await;
    let newest = world.run().await.run;
    let objects = &world.engine.objects;
    let runs = ConnectionKeys(&world.name).runs();
    let manifest = objects.get(&RunKeys::new(&world.name, &newest).manifest()).await.unwrap().unwrap().body;
    for number in 0..30 {
        let forged = [
            (format!("{runs}zzzz-{number}/manifest.json"), manifest.clone()),
            (format!("{runs}failures-{number}/pages/findings/main/000000.json"), "{}".into()),
            (format!("{runs}99991231T235959Z-{number:08x}/pages/findings/main/000000.json"), "{}".into()),
            (format!("{runs}99981231T235959Z-{number:08x}/manifest.json"), manifest.clone()),
            (format!("{runs}20000101T000000Z-{number:08x}/pages/findings/main/000000.json"), "{}".into()),
        ];
        for (key, body) in forged {
            objects.put(&key, body, causeway_ports::PutCondition::IfAbsent).await.unwrap();
        }
    }
    let last = world.run().await.run;
    let listed = causeway_runs::runs(&world.engine, &world.name).await.unwrap();
    let (real, copies): (Vec<_>, Vec<_>) =
        listed.into_iter().map(|(run, ..)| run).partition(|run| !run.as_str().starts_with("9998"));
    assert_eq!(real.len(), 3, "{real:?}");
    assert_eq!(real[..2], [last.clone(), newest]);
    assert!(copies.len() <= 3, "{copies:?}");
    world.ledger().await;
    world.run().await.is(Outcome::Complete);
    let left = world.engine.objects.list(&runs).await.unwrap();
    assert!(left.iter().all(|key| !key.contains("/20000101T")), "{left:?}");
    assert!(left.iter().any(|key| key.contains(last.as_str())), "{left:?}");
}

/// Killed while it removes, it is done after the next run.
#[tokio::test]
async fn a_removal_cut_short_is_finished_later() {
    for writes in (60..100).step_by(3) {
        let mut world = World::in_memory().await.settle().await;
        world.run().await.is(Outcome::Complete);
        world.run().await.is(Outcome::Complete);
        world.define(|definition| definition.run.keep_runs = 1).await;
        world.power.fail_after(writes);
        if world.start().await.is_ok() {
            world.drain_until_off().await;
        }
        world.restart().await;
        world.drain().await;
        world.run().await.is(Outcome::Complete);
        let left = causeway_runs::runs(&world.engine, &world.name).await.unwrap();
        assert!(left.len() <= 2, "killed after {writes} writes: {left:?}");
        world.ledger().await;
    }
}

#[tokio::test]
async fn rejected_rows_are_named_though_the_run_is_complete() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-1", "v1").unusable = Some(crate::world::Unusable::Keyed);
    });
    let run = world.run().await;
    run.is(Outcome::Complete);
    assert_eq!(run.outcome.remarks, ["findings: 1 of 12 rows rejected as unusable"]);
}
