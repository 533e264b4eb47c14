//! A receiver that takes assets alone.

use crate::world::{Answer, World};
use causeway_domain::Outcome;
use causeway_domain::plan::{Rule, Verdict};
use causeway_runs::details;

async fn alone() -> World {
    let world = World::new().await;
    world.receiver.take_assets_alone();
    world
}

#[tokio::test]
async fn assets_are_sent_without_findings_and_no_figure_says_otherwise() {
    let mut world = alone().await;
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!(first.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert!(world.receiver.assets().values().all(|asset| asset.get("findings").is_none()));
    assert_eq!((first.outcome.delivered.assets, first.outcome.delivered.findings), (4, 0));
    let plan = details(&world.engine, &world.name, &first.run).await.unwrap().plan.unwrap();
    assert_eq!(plan.deliveries.iter().map(|batch| batch.findings).sum::<u64>(), 0);
    assert_eq!(plan.findings.of(Verdict::New), 12, "findings are decided as ever");
    assert_eq!(world.ledger().await.len(), 16);
}

#[tokio::test]
async fn an_asset_is_sent_for_its_own_change_only() {
    let mut world = alone().await.settle().await;
    world.vendor.change(|tables| {
        tables.row("cam-1", "v2").value = 7;
        tables.remove("pump-1", "v1");
        tables.row("pump-2", "").value = 7;
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["pump-2"]);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Changed, Rule::Seen)));
    assert_eq!(second.verdict("pump-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(world.run().await.sent, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_asset_is_sent_again_alone() {
    let mut world = alone().await;
    world.receiver.script(|_| Answer::Refuse("cam-2"));
    world.run().await.is(Outcome::Partial);
    world.receiver.behave();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-2"]);
    assert_eq!(second.outcome.findings.rules.get(&Rule::SentAgain), None, "findings are not sent");
}

#[tokio::test]
async fn without_retain_delta_assets_are_sent_again_alone() {
    let mut world = alone().await.settle().await;
    world.define(|definition| definition.retain_delta = false).await;
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!((second.sent.len(), second.outcome.delivered.findings), (4, 0));
    assert_eq!(second.outcome.findings.rules.get(&Rule::SentAgain), None, "findings are not sent");
}
