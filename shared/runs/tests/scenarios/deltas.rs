//! What is sent, and what is not sent again.

use crate::world::World;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FindingStatus, Outcome};

#[tokio::test]
async fn the_first_run_delivers_everything() {
    let mut world = World::new().await;
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!(first.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert_eq!((first.outcome.assets.of(Verdict::New), first.outcome.findings.of(Verdict::New)), (4, 12));
    assert_eq!((first.outcome.delivered.assets, first.outcome.delivered.findings), (4, 12));
    assert_eq!(first.outcome.delivered.deliveries, 2, "three assets fit in a batch");
    assert_eq!(world.receiver.status("pump-1", "v2"), ("open".to_owned(), None));
    assert_eq!(world.ledger().await.len(), 16);
}

/// I-6
#[tokio::test]
async fn the_same_again_delivers_nothing() {
    let mut world = World::settled().await;
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, Vec::<String>::new());
    assert_eq!(second.verdicts, vec![]);
    assert_eq!(second.outcome.findings.of(Verdict::Unchanged), 12);
}

#[tokio::test]
async fn what_changed_is_sent_with_all_findings_of_its_asset() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-1", "v2").value = 7;
        tables.put("pump-1", "v4");
        tables.row("pump-2", "").value = 7;
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-1", "pump-1", "pump-2"]);
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Changed, Rule::Seen)));
    assert_eq!(second.verdict("pump-1", "v4"), Some((Verdict::New, Rule::Seen)));
    assert_eq!(second.verdict("pump-2", ""), Some((Verdict::Changed, Rule::Seen)));
    assert_eq!(second.outcome.delivered.findings, 3 + 4 + 3);
    assert_eq!(world.receiver.finding("cam-1", "v2")["value"], 7);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "open");
}

#[tokio::test]
async fn what_the_vendor_closes_is_closed_with_its_date_and_reopened_when_it_is_back() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        let fixed = tables.row("cam-1", "v1");
        (fixed.status, fixed.fixed_on) = (FindingStatus::Fixed, Some("2026-02-14T10:00:00+01:00".to_owned()));
        tables.row("cam-1", "v2").status = FindingStatus::Irrelevant;
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::FixedByVendor, Rule::Seen)));
    assert_eq!(second.verdict("cam-1", "v2"), Some((Verdict::Irrelevant, Rule::Seen)));
    let since = |date: &str| Some(date.to_owned());
    assert_eq!(
        world.receiver.status("cam-1", "v1"),
        ("fixed".to_owned(), since("2026-02-14T10:00:00+01:00"))
    );
    assert_eq!(
        world.receiver.status("cam-1", "v2"),
        ("irrelevant".to_owned(), since("2026-03-01T02:00:00Z"))
    );

    assert_eq!(world.run().await.sent, Vec::<String>::new(), "once is enough");

    world.vendor.change(|tables| tables.row("cam-1", "v1").status = FindingStatus::Open);
    let fourth = world.run().await;
    assert_eq!(fourth.verdict("cam-1", "v1"), Some((Verdict::Reopened, Rule::Seen)));
    assert_eq!(
        world.receiver.status("cam-1", "v1"),
        ("open".to_owned(), None),
        "whatever date the vendor kept"
    );
}

#[tokio::test]
async fn without_retain_delta_everything_is_sent_again_and_nothing_is_forgotten() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    world.run().await.is(Outcome::Complete);
    world.define(|definition| definition.retain_delta = false).await;
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert_eq!(third.outcome.delivered.findings, 12, "the fixed one among them");
    assert_eq!(third.outcome.findings.rules[&Rule::SentAgain], 11);
    assert_eq!(third.verdicts, vec![], "sent again is not changed");
}

/// ADR 15 changed the content hash: a ledger of before has none of those that are made now.
#[tokio::test]
async fn with_hashes_of_another_kind_all_counts_as_changed_once_and_nothing_is_closed() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    world.run().await.is(Outcome::Complete);
    world.rewrite_ledger(|record| record.hash = "0123456789abcdef0123456789abcdef".into()).await;
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(
        (third.outcome.assets.of(Verdict::Changed), third.outcome.findings.of(Verdict::Changed)),
        (4, 11)
    );
    assert_eq!(third.outcome.findings.of(Verdict::Unchanged), 1, "the one that is closed");
    assert_eq!(third.outcome.findings.of(Verdict::Fixed), 0);
    assert_eq!(third.sent, ["cam-1", "cam-2", "pump-1", "pump-2"]);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "fixed");
    assert_eq!(world.receiver.status("cam-1", "v2").0, "open");
    assert_eq!(world.run().await.sent, Vec::<String>::new(), "once is enough");
}
