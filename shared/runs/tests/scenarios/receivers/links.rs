//! A receiver of two phases: the items, then the links between them. Batch 1 is of `cam-1`, `cam-2` and `pump-1`, batch 2 of
//! `pump-2`; their links are deliveries 2 and 3.

use crate::redrive::redriven;
use crate::world::{Answer, Ended, World, failure};
use causeway_domain::delivery::{DeliveryPlan, Phase};
use causeway_domain::layout::RunKeys;
use causeway_domain::{FailureKind, Outcome};
use causeway_runs::{details, progress, redrive};
use std::time::Duration;

const NOTHING: [Vec<String>; 0] = [];

fn linking(world: World) -> World {
    world.receiver.want_links();
    world
}

async fn connected() -> World {
    linking(World::new().await)
}

/// Assets, refused assets and findings that a run brought over.
fn figures(ended: &Ended) -> (u64, u64, u64) {
    let delivered = &ended.outcome.delivered;
    (delivered.assets, delivered.refused_assets, delivered.findings)
}

#[tokio::test]
async fn links_are_sent_once_all_items_are_there() {
    let mut world = connected().await;
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!(first.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert_eq!(world.receiver.linked(), [vec!["cam-1", "cam-2", "pump-1"], vec!["pump-2"]]);
    assert!(world.receiver.assets().values().all(|asset| asset["linked_with"] == 3), "all items were there");
    assert_eq!((first.outcome.delivered.deliveries, figures(&first)), (4, (4, 0, 12)));
    let plan = details(&world.engine, &world.name, &first.run).await.unwrap().plan.unwrap();
    let [one, two, links_of_one, links_of_two] = &plan.deliveries[..] else { panic!("{plan:?}") };
    assert_eq!(
        [links_of_one, links_of_two].map(|links| (links.number, links.phase)),
        [(2, Phase::Links), (3, Phase::Links)]
    );
    assert_eq!([&one.data, &two.data], [&links_of_one.data, &links_of_two.data]);
    let whole = progress(&world.engine, &world.name, &first.run).await.unwrap();
    assert_eq!(whole.deliveries, (4, 4));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
    assert_eq!(world.receiver.linked().len(), 2);
}

/// Plans, receipts and marks of a receiver of one phase are what they always were.
#[tokio::test]
async fn nothing_is_stored_about_phases_where_there_is_one() {
    let mut world = World::new().await;
    let run = world.run().await.run;
    let keys = RunKeys::new(&world.name, &run);
    for key in [keys.plan(), keys.attempt(0).receipt(0), keys.attempt(0).receipt(1)] {
        let text = world.engine.objects.get(&key).await.unwrap().unwrap().body;
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(!text.contains("phase") && !text.contains("withheld"), "{key}: {text}");
    }
    let mark = keys.attempt(0).deliveries_queued(Phase::Links);
    assert!(world.engine.objects.get(&mark).await.unwrap().is_none());
}

#[test]
fn links_are_numbered_after_the_items() {
    let batch = |number| DeliveryPlan {
        number,
        data: format!("batch-{number}"),
        assets: 2,
        findings: 3,
        phase: Phase::Items,
    };
    let links = DeliveryPlan::links(&[batch(0), batch(1)]);
    let named: Vec<_> = links.iter().map(|batch| (batch.number, batch.data.as_str())).collect();
    assert_eq!(named, [(2, "batch-0"), (3, "batch-1")]);
    assert_eq!(DeliveryPlan::links(&[]), []);
}

#[tokio::test]
async fn a_refused_item_is_not_linked_until_it_is_accepted() {
    let mut world = connected().await;
    world.receiver.script(|_| Answer::Refuse("cam-2"));
    let first = world.run().await;
    assert!(first.is(Outcome::Partial).contains("refused 1 assets"));
    assert_eq!(world.receiver.linked(), [vec!["cam-1", "pump-1"], vec!["pump-2"]]);
    assert_eq!(figures(&first), (3, 1, 9));
    let again = redriven(&world, &first.run).await;
    again.is(Outcome::Partial);
    assert_eq!((again.sent, world.receiver.linked().len()), (vec!["cam-2".to_owned()], 2));
    world.receiver.behave();
    let ended = redriven(&world, &first.run).await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.sent, ["cam-2"]);
    assert_eq!(world.receiver.linked()[2..], [vec!["cam-2"]], "the others are linked already");
    assert_eq!(figures(&ended), (4, 0, 12));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_link_counts_as_a_refused_asset_and_the_next_run_sends_both() {
    let mut world = connected().await;
    world.receiver.script(|batch| if batch == 2 { Answer::Refuse("cam-2") } else { Answer::Accept });
    let first = world.run().await;
    assert!(first.is(Outcome::Partial).contains("refused 1 assets"));
    assert_eq!(figures(&first), (3, 1, 12), "its findings have arrived");
    let receipts = details(&world.engine, &world.name, &first.run).await.unwrap().receipts;
    let refused: Vec<_> = receipts.iter().flat_map(|receipt| &receipt.refused).collect();
    assert_eq!(
        (refused.len(), refused[0].asset.as_str(), refused[0].reason.as_str()),
        (1, "cam-2", "as scripted")
    );
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-2"]);
    assert_eq!(world.receiver.linked()[2..], [vec!["cam-2"]]);
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_redriven_run_sends_a_refused_link_without_its_item() {
    let mut world = connected().await;
    world.receiver.script(|batch| if batch == 2 { Answer::Refuse("cam-2") } else { Answer::Accept });
    let first = world.run().await;
    first.is(Outcome::Partial);
    world.receiver.behave();
    let ended = redriven(&world, &first.run).await;
    ended.is(Outcome::Complete);
    assert_eq!((ended.sent.len(), figures(&ended)), (0, (4, 0, 12)));
    assert_eq!(world.receiver.linked()[2..], [vec!["cam-2"]]);
}

#[tokio::test]
async fn no_links_are_sent_when_a_batch_of_items_is_given_up() {
    for redrives in [true, false] {
        let mut world = connected().await;
        world.receiver.script(|batch| {
            if batch == 1 { Answer::Fail(failure(FailureKind::Unauthorized)) } else { Answer::Accept }
        });
        let first = world.run().await;
        assert!(first.is(Outcome::Failed).contains("batch 2"));
        assert_eq!(world.receiver.linked(), NOTHING);
        world.receiver.behave();
        let (ended, sent) = match redrives {
            true => (redriven(&world, &first.run).await, vec!["pump-2"]),
            false => (world.run().await, vec!["cam-1", "cam-2", "pump-1", "pump-2"]),
        };
        ended.is(Outcome::Complete);
        assert_eq!(ended.sent, sent);
        assert_eq!(world.receiver.linked().concat(), ["cam-1", "cam-2", "pump-1", "pump-2"]);
        assert_eq!(world.run().await.sent, Vec::<String>::new());
    }
}

#[tokio::test]
async fn links_that_were_given_up_are_sent_again() {
    for redrives in [true, false] {
        let mut world = connected().await;
        world.receiver.script(|batch| {
            if batch == 2 { Answer::Fail(failure(FailureKind::Unauthorized)) } else { Answer::Accept }
        });
        let first = world.run().await;
        assert!(first.is(Outcome::Failed).contains("batch 3"));
        world.receiver.behave();
        let before = world.receiver.linked().len();
        let (ended, sent) = match redrives {
            true => (redriven(&world, &first.run).await, vec![]),
            false => (world.run().await, vec!["cam-1", "cam-2", "pump-1"]),
        };
        ended.is(Outcome::Complete);
        assert_eq!(ended.sent, sent);
        assert_eq!(world.receiver.linked()[before..], [vec!["cam-1", "cam-2", "pump-1"]]);
        assert_eq!(world.run().await.sent, Vec::<String>::new());
    }
}

#[tokio::test]
async fn only_links_that_must_come_again_are_sent_again() {
    let mut world = connected().await;
    let mut tries = 0;
    world.receiver.script(move |batch| {
        tries += u32::from(batch == 2);
        let wants = batch == 2 && tries == 1;
        let unavailable = || failure(FailureKind::Unavailable);
        if wants { Answer::Again(&["pump-1"], unavailable()) } else { Answer::Accept }
    });
    let first = world.run().await;
    first.is(Outcome::Complete);
    let mut linked = world.receiver.linked();
    linked.sort();
    assert_eq!(linked, [vec!["cam-1", "cam-2", "pump-1"], vec!["pump-1"], vec!["pump-2"]]);
    assert_eq!((first.sent.len(), figures(&first)), (4, (4, 0, 12)));
}

/// I-11
#[tokio::test]
async fn links_that_are_wanted_again_for_ever_end_with_the_deadline() {
    let mut world = connected().await;
    let later = failure(FailureKind::RateLimited).after(Some(Duration::from_secs(900)));
    world.receiver.script(
        move |batch| {
            if batch == 2 { Answer::Again(&["cam-2"], later.clone()) } else { Answer::Accept }
        },
    );
    let first = world.run().await;
    assert!(first.is(Outcome::Failed).contains("deadline"));
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-2"]);
}

#[tokio::test]
async fn handled_twice_everything_is_accounted_for_once() {
    let mut world = connected().await;
    world.twice = true;
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!((first.outcome.delivered.deliveries, figures(&first)), (4, (4, 0, 12)));
}

/// Killed between any two writes, while an item and a link are refused; then resumed, and redriven.
#[tokio::test]
async fn killed_before_any_write_both_phases_end_the_same() {
    let refuses = |batch| match batch {
        0 => Answer::Refuse("cam-1"),
        2 => Answer::Refuse("cam-2"),
        _ => Answer::Accept,
    };
    let mut calm = linking(World::in_memory().await);
    let many = i64::from(i32::MAX);
    calm.power.fail_after(many);
    calm.receiver.script(refuses);
    let first = calm.run().await;
    first.is(Outcome::Partial);
    assert_eq!(figures(&first), (2, 2, 9));
    let undisturbed = (calm.receiver.assets(), calm.ledger().await, calm.record().await.ledger);
    for write in 0..many - calm.power.left() {
        let mut world = linking(World::in_memory().await);
        world.receiver.script(refuses);
        world.power.fail_after(write);
        if world.start().await.is_ok() {
            world.drain_until_off().await;
        }
        world.restart().await;
        let request = world.request(1);
        let started = causeway_runs::start(&world.engine, &world.name, &request).await.unwrap();
        world.drain().await;
        let ended = world.ended(&started.run, 0).await;
        ended.is(Outcome::Partial);
        assert_eq!(figures(&ended), figures(&first), "killed before write {write}");
        let state = (world.receiver.assets(), world.ledger().await, world.record().await.ledger);
        assert_eq!(state, undisturbed, "killed before write {write}");
        world.receiver.behave();
        let ended = redriven(&world, &started.run).await;
        ended.is(Outcome::Complete);
        assert_eq!((figures(&ended), ended.sent), ((4, 0, 12), vec!["cam-1".to_owned()]));
    }
}

/// Cut short before any write of a redrive and asked for again.
#[tokio::test]
async fn killed_before_any_write_a_redrive_of_links_ends_the_same() {
    let failed = || async {
        let mut world = linking(World::in_memory().await);
        world.receiver.script(|batch| match batch {
            0 => Answer::Refuse("cam-1"),
            3 => Answer::Fail(failure(FailureKind::Unauthorized)),
            _ => Answer::Accept,
        });
        let failed = world.run().await;
        failed.is(Outcome::Failed);
        world.receiver.behave();
        (world, failed)
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
        if redrive(&world.engine, (&world.name, &failed.run), &crate::world::anna()).await.is_ok() {
            world.drain_until_off().await;
        }
        world.restart().await;
        let _ = redrive(&world.engine, (&world.name, &failed.run), &crate::world::anna()).await;
        world.drain().await;
        world.ended(&failed.run, 0).await.is(Outcome::Complete);
        assert_eq!((world.receiver.assets(), world.ledger().await), calm, "killed before write {write}");
        assert_eq!(world.run().await.sent, Vec::<String>::new(), "killed before write {write}");
    }
}
