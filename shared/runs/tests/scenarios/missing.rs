//! Findings that are gone: closed only when the vendor, asked for exactly them, does not have them (I-1).

use crate::world::{Act, Call, Unusable, World, failure};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FailureKind, FindingKey, Outcome};

fn lost(world: &World) {
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));
}

/// What the vendor was asked to confirm since the calls were last taken.
fn questions(world: &World) -> Vec<Vec<FindingKey>> {
    let asked = |call| if let Call::Confirm(keys) = call { Some(keys) } else { None };
    world.vendor.take_calls().into_iter().filter_map(asked).collect()
}

#[tokio::test]
async fn a_missing_finding_is_asked_for_and_closed_on_the_day_of_the_run() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.take_calls();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(questions(&world), [[FindingKey { asset: "cam-1".into(), finding: "v2".into() }]]);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(second.verdicts[0].confirmed_by, Some(0), "the answer it rests on");
    let since = Some("2026-03-01T02:00:00Z".to_owned());
    assert_eq!(world.receiver.status("cam-1", "v2"), ("fixed".to_owned(), since.clone()));
    assert_eq!(second.sent, ["cam-1"]);

    let third = world.run().await;
    assert_eq!((third.sent.len(), questions(&world).len()), (0, 0), "closed once");
    world.vendor.change(|tables| tables.put("cam-1", "v2"));
    let fourth = world.run().await;
    assert_eq!(fourth.verdict("cam-1", "v2"), Some((Verdict::Reopened, Rule::Seen)));
    assert_eq!(world.receiver.status("cam-1", "v2"), ("open".to_owned(), None));
}

#[tokio::test]
async fn what_is_found_when_asked_joins_the_run() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.script(|call, tables| {
        if let Call::Confirm(_) = call {
            tables.put("cam-1", "v2");
        }
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, Vec::<String>::new());
    assert_eq!(second.outcome.findings.rules[&Rule::SeenWhenAsked], 1);
    assert_eq!(world.receiver.status("cam-1", "v2").0, "open");
}

#[tokio::test]
async fn preserving_neither_asks_nor_closes() {
    let mut world = World::settled().await;
    lost(&world);
    world.define(|definition| definition.preserve_missing_findings = true).await;
    world.vendor.take_calls();
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::PreserveSetting)));
    assert_eq!((second.sent.len(), questions(&world).len()), (0, 0));

    world.define(|definition| definition.preserve_missing_findings = false).await;
    let third = world.run().await;
    assert_eq!(third.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn an_answer_that_proves_nothing_closes_nothing() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.script(|call, _| if let Call::Confirm(_) = call { Act::Untrusted } else { Act::Honest });
    let second = world.run().await;
    assert!(second.is(Outcome::Partial).contains("could not be confirmed"));
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::NotConfirmed)));
    assert_eq!(second.sent, Vec::<String>::new());

    world.vendor.behave();
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn a_question_that_is_given_up_closes_nothing() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.script(|call, _| match call {
        Call::Confirm(_) => Act::Fail(failure(FailureKind::RequestRejected)),
        _ => Act::Honest,
    });
    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::NotConfirmed)));
}

#[tokio::test]
async fn two_complete_runs_must_miss_it_when_that_is_wanted() {
    let mut world = World::settled().await;
    world.define(|definition| definition.run.fix_after_missing_runs = 2).await;
    lost(&world);
    let second = world.run().await;
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::BelowStreak)));
    assert_eq!(questions(&world), Vec::<Vec<FindingKey>>::new());
    // A run that is not complete does not count.
    world.vendor.change(|tables| tables.miscount = 1);
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
    world.vendor.change(|tables| tables.miscount = 0);
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn many_missing_findings_are_asked_for_a_hundred_at_a_time() {
    let mut world = World::new().await;
    world.define(|definition| definition.guards.max_fixed_percent = 100.0).await;
    world.vendor.change(|tables| (100..350).for_each(|n| tables.put("cam-1", &format!("w{n}"))));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| (100..350).for_each(|n| tables.remove("cam-1", &format!("w{n}"))));
    world.vendor.take_calls();
    let second = world.run().await;
    second.is(Outcome::Complete);
    let asked: Vec<usize> = questions(&world).iter().map(Vec::len).collect();
    assert_eq!(asked, [100, 100, 50]);
    assert_eq!(second.outcome.findings.of(Verdict::Fixed), 250);
}

/// The plan is drafted before the vendor is asked, and whatever is learned then still counts.
#[tokio::test]
async fn an_answer_that_shows_a_control_as_changed_counts() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.script(|call, tables| {
        if let Call::Confirm(_) = call {
            // Controls are the findings that were seen last.
            tables.row("pump-2", "v3").value = 7;
        }
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(second.verdict("pump-2", "v3"), Some((Verdict::Changed, Rule::Seen)));
    assert_eq!(second.sent, ["cam-1", "pump-2"]);
    assert_eq!(world.receiver.finding("pump-2", "v3")["value"], 7);
}

#[tokio::test]
async fn a_missing_finding_that_is_rejected_when_asked_for_is_not_closed() {
    let mut world = World::settled().await;
    lost(&world);
    world.vendor.script(|call, tables| {
        if let Call::Confirm(_) = call {
            tables.put("cam-1", "v2");
            tables.row("cam-1", "v2").unusable = Some(Unusable::Keyed);
        }
        Act::Honest
    });
    let second = world.run().await;
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::RecordRejected)));
    assert_eq!(second.sent, Vec::<String>::new());
}

/// A ledger of an earlier version does not say by which key the vendor knows a finding, and a guessed key proves nothing.
#[tokio::test]
async fn what_has_no_vendor_key_is_not_closed_until_it_was_seen_once_more() {
    let mut world = World::settled().await;
    world.rewrite_ledger(|record| record.vendor_key = None).await;
    lost(&world);
    world.vendor.take_calls();
    let second = world.run().await;
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::VendorKeyUnknown)));
    assert_eq!(questions(&world), Vec::<Vec<FindingKey>>::new(), "it cannot be asked for");
    world.vendor.change(|tables| tables.put("cam-1", "v2"));
    assert_eq!(world.run().await.sent, Vec::<String>::new(), "only the key is new");
    lost(&world);
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}
