//! Assets that are gone: known as gone only when the vendor, asked for exactly them, does not have them (I-1).

use crate::world::{Act, Call, Ended, World, anna, failure};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FailureKind, FindingKey, Outcome};
use causeway_runs::{PreviewRequest, approve};

const GONE: Option<(Verdict, Rule)> = Some((Verdict::Gone, Rule::AbsenceConfirmed));

/// Device pump-1 is taken away, with its findings.
fn take_away(world: &World) {
    world.vendor.change(|tables| ["", "v1", "v2", "v3"].iter().for_each(|id| tables.remove("pump-1", id)));
}

fn bring_back(world: &World) {
    world.vendor.change(|tables| {
        tables.put_asset("pump-1", "OT", "North");
        ["v1", "v2", "v3"].iter().for_each(|id| tables.put("pump-1", id));
    });
}

/// Only its own row is taken away, because the vendor lists no findings of it.
async fn without_findings() -> World {
    let mut world = World::new().await;
    world.vendor.change(|tables| tables.put_asset("pump-3", "OT", "North"));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.remove("pump-3", ""));
    world
}

/// The assets that the vendor was asked for.
fn asked_for(world: &World) -> Vec<String> {
    let asked = |call| if let Call::Confirm(keys) = call { keys } else { Vec::new() };
    let keys = world.vendor.take_calls().into_iter().flat_map(asked);
    keys.filter(|key: &FindingKey| key.finding.is_empty()).map(|key| key.asset).collect()
}

async fn is_gone(world: &World, asset: &str) -> bool {
    let key = FindingKey { asset: asset.to_owned(), finding: String::new() };
    world.ledger().await.get(&key).is_some_and(|line| line.contains(r#""status":"gone""#))
}

#[tokio::test]
async fn a_missing_asset_is_asked_for_and_known_as_gone_and_nothing_is_sent() {
    let mut world = without_findings().await;
    world.vendor.take_calls();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(asked_for(&world), ["pump-3"]);
    assert_eq!(second.verdict("pump-3", ""), GONE);
    assert_eq!(second.verdicts[0].confirmed_by, Some(0), "the answer it rests on");
    assert_eq!(second.sent, Vec::<String>::new());
    assert!(is_gone(&world, "pump-3").await);

    let third = world.run().await;
    assert_eq!((asked_for(&world).len(), third.verdicts.len()), (0, 0), "known as gone once");
    world.vendor.change(|tables| tables.put_asset("pump-3", "OT", "North"));
    let fourth = world.run().await;
    assert_eq!(fourth.verdict("pump-3", ""), Some((Verdict::Reopened, Rule::Seen)));
    assert_eq!(fourth.sent, Vec::<String>::new(), "the receiver was never told that it was gone");
    assert!(!is_gone(&world, "pump-3").await);
}

#[tokio::test]
async fn of_an_asset_with_findings_the_receiver_gets_what_it_always_got() {
    let mut world = World::settled().await;
    let before = world.receiver.assets();
    take_away(&world);
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("pump-1", ""), GONE);
    assert_eq!(second.verdict("pump-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(second.sent, ["pump-1"]);
    let body =
        |assets: &std::collections::BTreeMap<String, serde_json::Value>| assets["pump-1"]["body"].clone();
    assert_eq!(body(&world.receiver.assets()), body(&before), "the asset itself did not change");
    bring_back(&world);
    let third = world.run().await;
    assert_eq!(third.verdict("pump-1", ""), Some((Verdict::Reopened, Rule::Seen)));
    assert_eq!(world.receiver.status("pump-1", "v1").0, "open");
}

#[tokio::test]
async fn an_asset_that_is_found_when_asked_for_joins_the_run() {
    let mut world = without_findings().await;
    world.vendor.script(|call, tables| {
        if let Call::Confirm(_) = call {
            tables.put_asset("pump-3", "OT", "North");
        }
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.outcome.assets.rules[&Rule::SeenWhenAsked], 1);
    assert!(!is_gone(&world, "pump-3").await);
}

#[tokio::test]
async fn an_asset_that_left_the_scope_is_not_gone() {
    let mut world = World::new().await;
    world.vendor.change(|tables| tables.put_asset("pump-3", "OT", "North"));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.row("pump-3", "").scope.retired = Some(true));
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("pump-3", ""), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    assert!(!is_gone(&world, "pump-3").await);
}

#[tokio::test]
async fn findings_that_are_still_reported_keep_their_asset() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("pump-1", ""));
    world.vendor.take_calls();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("pump-1", ""), Some((Verdict::Preserved, Rule::NamedByFindings)));
    assert_eq!(asked_for(&world), Vec::<String>::new());
}

#[tokio::test]
async fn the_settings_keep_what_is_missing() {
    let mut world = without_findings().await;
    world.define(|definition| definition.preserve_missing_assets = Some(true)).await;
    let second = world.run().await;
    assert_eq!(second.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::PreserveSetting)));
    world
        .define(|definition| {
            definition.preserve_missing_assets = Some(false);
            definition.run.gone_after_missing_runs = Some(3);
        })
        .await;
    assert_eq!(world.run().await.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::BelowStreak)));
    assert_eq!(world.run().await.verdict("pump-3", ""), GONE);
}

/// What is not said of assets holds for them as it does for findings.
#[tokio::test]
async fn assets_are_preserved_like_findings_unless_told_otherwise() {
    let mut world = without_findings().await;
    world.define(|definition| definition.preserve_missing_findings = true).await;
    assert_eq!(world.run().await.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::PreserveSetting)));
    let streak = |definition: &mut causeway_domain::Definition| {
        definition.preserve_missing_findings = false;
        definition.run.fix_after_missing_runs = 3;
    };
    world.define(streak).await;
    assert_eq!(world.run().await.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::BelowStreak)));
    assert_eq!(world.run().await.verdict("pump-3", ""), GONE);
}

/// Findings are preserved and assets are not: the one is independent of the other.
#[tokio::test]
async fn assets_are_asked_for_while_findings_are_preserved() {
    let mut world = World::settled().await;
    let preserve = |definition: &mut causeway_domain::Definition| {
        definition.preserve_missing_findings = true;
        definition.preserve_missing_assets = Some(false);
    };
    world.define(preserve).await;
    take_away(&world);
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("pump-1", ""), GONE);
    assert_eq!(second.verdict("pump-1", "v1"), Some((Verdict::Preserved, Rule::PreserveSetting)));
    assert_eq!(second.sent, Vec::<String>::new());
}

#[tokio::test]
async fn without_a_good_answer_an_asset_is_kept() {
    type Spoil = fn(&Call) -> Act;
    let spoilt: [Spoil; 2] = [|_| Act::Untrusted, |_| Act::Fail(failure(FailureKind::Forbidden))];
    for spoil in spoilt {
        let mut world = without_findings().await;
        world.vendor.script(move |call, _| match call {
            Call::Confirm(_) => spoil(call),
            _ => Act::Honest,
        });
        let second = world.run().await;
        let reason = second.is(Outcome::Partial);
        assert!(reason.contains("1 missing assets stay as they are"), "{reason}");
        assert_eq!(second.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::NotConfirmed)));
        world.vendor.behave();
        assert_eq!(world.run().await.verdict("pump-3", ""), GONE);
    }
}

/// The token does not see site North any more once the question is asked, and a control of the other site came back.
#[tokio::test]
async fn an_asset_of_a_site_that_is_lost_before_the_question_is_kept() {
    let mut world = without_findings().await;
    world.vendor.script(|call, tables| {
        if let Call::Confirm(_) = call {
            tables.hidden_sites.insert("North".to_owned());
        }
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.verdict("pump-3", ""), Some((Verdict::Preserved, Rule::NotConfirmed)));
}

async fn held_for(edit: impl FnOnce(&mut causeway_domain::Definition)) -> (World, Ended, String) {
    let mut world = without_findings().await;
    world.define(edit).await;
    let second = world.run().await;
    let reason = second.is(Outcome::Held);
    (world, second, reason)
}

#[tokio::test]
async fn a_person_decides_on_a_plan_that_takes_too_many_for_gone() {
    let (world, held, reason) = held_for(|definition| definition.guards.max_gone = Some(0)).await;
    assert_eq!(reason, "many assets: 1 assets would count as gone; the limit is 0");
    assert!(!is_gone(&world, "pump-3").await);
    approve(&world.engine, (&world.name, &held.run), &anna(), None).await.unwrap();
    world.drain().await;
    assert!(is_gone(&world, "pump-3").await);

    let share = |definition: &mut causeway_domain::Definition| {
        (definition.guards.min_gone, definition.guards.max_gone_percent) = (Some(1), Some(10.0));
    };
    let (_, _, reason) = held_for(share).await;
    assert_eq!(reason, "far fewer assets: 1 of 5 assets (20 %) would count as gone; the limit is 10 %");
}

#[tokio::test]
async fn a_vendor_that_cannot_be_asked_closes_nothing_without_setting_streak_and_person() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.unasked = true);
    take_away(&world);
    for _ in 0..3 {
        let ended = world.run().await;
        ended.is(Outcome::Complete);
        for finding in ["", "v1"] {
            let kept = Some((Verdict::Preserved, Rule::CannotBeAsked));
            assert_eq!(ended.verdict("pump-1", finding), kept, "{finding:?}");
        }
    }
    world.define(|definition| definition.run.close_unasked_after_runs = Some(5)).await;
    let fourth = world.run().await;
    fourth.is(Outcome::Complete);
    assert_eq!(fourth.verdict("pump-1", "v1"), Some((Verdict::Preserved, Rule::BelowStreak)));
    let fifth = world.run().await;
    let reason = fifth.is(Outcome::Held);
    assert!(reason.contains("3 findings would be marked Fixed and 1 assets count as gone"), "{reason}");
    assert!(!is_gone(&world, "pump-1").await);
    approve(&world.engine, (&world.name, &fifth.run), &anna(), None).await.unwrap();
    world.drain().await;
    assert!(is_gone(&world, "pump-1").await);
    assert_eq!(world.receiver.status("pump-1", "v1").0, "fixed");
}

#[tokio::test]
async fn a_preview_tells_what_would_be_gone() {
    let world = without_findings().await;
    let request = PreviewRequest { pages: None, records: 2, instead: None };
    let preview = world.preview(&request).await.unwrap();
    assert_eq!(preview.plan.assets.of(Verdict::Gone), 1);
    assert!(!is_gone(&world, "pump-3").await, "nothing is decided by it");
}
