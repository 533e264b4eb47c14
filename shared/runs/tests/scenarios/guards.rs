//! Plans that wait for a person (I-8): nothing is sent, nothing is committed, and the next good run is as if nothing had
//! been.

use crate::world::World;
use causeway_domain::{ConnectionState, FailureKind, Outcome};

async fn held(spoil: impl Fn(&World), heal: impl Fn(&World)) -> String {
    let mut world = World::settled().await;
    let before = world.ledger().await;
    spoil(&world);
    let second = world.run().await;
    let reasons = second.is(Outcome::Held);
    assert_eq!((second.sent.len(), world.ledger().await), (0, before));
    assert_eq!(world.record().await.state, ConnectionState::Errored);
    assert_eq!(second.outcome.failure.map(|failure| failure.kind), Some(FailureKind::Held));
    heal(&world);
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, Vec::<String>::new());
    reasons
}

#[tokio::test]
async fn a_token_that_lost_a_site_is_noticed() {
    let lose = |world: &World| world.vendor.change(|t| drop(t.hidden_sites.replace("North".to_owned())));
    let find = |world: &World| world.vendor.change(|t| t.hidden_sites.clear());
    let reasons = held(lose, find).await;
    assert!(reasons.contains("site \"North\"") && reasons.contains("device category \"OT\""), "{reasons}");
}

#[tokio::test]
async fn an_empty_answer_is_noticed() {
    let lose = |world: &World| {
        world.vendor.change(|t| t.hidden_sites.extend(["North".to_owned(), "South".to_owned()]));
    };
    let find = |world: &World| world.vendor.change(|t| t.hidden_sites.clear());
    let reasons = held(lose, find).await;
    assert!(reasons.contains("the vendor returned no asset, the ledger knows 4"), "{reasons}");
}

#[tokio::test]
async fn a_third_of_all_findings_gone_is_noticed() {
    let ids = || (10..30).map(|n| format!("w{n}"));
    let mut world = World::new().await;
    world.vendor.change(|tables| ids().for_each(|id| tables.put("cam-1", &id)));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| ids().for_each(|id| tables.remove("cam-1", &id)));
    let second = world.run().await;
    assert!(second.is(Outcome::Held).contains("20 of 32 open findings"));
    world.define(|definition| definition.guards.max_fixed_percent = 70.0).await;
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, ["cam-1"]);
}
