//! Records that cannot be used: each one counted, none closed (I-7).

use crate::world::{Act, Call, Unusable, World};
use causeway_domain::page::Window;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{Outcome, Stream};

#[tokio::test]
async fn a_rejected_finding_is_kept_and_the_others_are_judged() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-1", "v1").unusable = Some(Unusable::Keyed);
        tables.remove("cam-2", "v1");
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::RecordRejected)));
    assert_eq!(second.verdict("cam-2", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    let rejects = causeway_runs::rejects(&world.engine, &world.name, &second.run).await.unwrap();
    assert_eq!(rejects.len(), 1);
    assert_eq!(rejects[0].1.finding.as_deref(), Some("v1"));
}

#[tokio::test]
async fn a_rejected_asset_keeps_all_its_findings() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-1", "").unusable = Some(Unusable::Keyed);
        tables.remove("cam-1", "v1");
        tables.remove("cam-2", "v1");
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", ""), Some((Verdict::Preserved, Rule::RecordRejected)));
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::RecordRejected)));
    assert_eq!(second.verdict("cam-2", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn a_record_without_a_key_keeps_everything() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("pump-1", "v1").unusable = Some(Unusable::Keyless);
        tables.remove("cam-2", "v1");
    });
    let second = world.run().await;
    assert!(second.is(Outcome::Partial).contains("without a readable key"));
    for (asset, finding) in [("cam-2", "v1"), ("pump-1", "v1")] {
        assert_eq!(second.verdict(asset, finding), Some((Verdict::Preserved, Rule::ScopeBlocked)));
    }
    let findings = second.outcome.coverage.iter().find(|stream| stream.stream == Stream::Findings).unwrap();
    assert_eq!((findings.rejected, findings.rejected_without_key), (1, 1));
    world.vendor.change(|tables| tables.row("pump-1", "v1").unusable = None);
    assert_eq!(world.run().await.verdict("cam-2", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn a_page_of_null_rows_is_counted_row_by_row() {
    let mut world = World::settled().await;
    world.vendor.script(|call, _| match call {
        Call::Fetch(Stream::Findings, Window { offset: 3, limit: 4 }) => {
            Act::Answer(|rows| rows.into_iter().map(|_| None).collect())
        }
        _ => Act::Honest,
    });
    world.vendor.change(|tables| tables.remove("cam-2", "v1"));
    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.outcome.findings.of(Verdict::Fixed), 0);
}

/// Pages overlap, so a row on a seam is read twice; it must not stand in for a row that is never handed out (I-3).
#[tokio::test]
async fn a_rejected_row_on_a_seam_counts_once() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-2", "v1").unusable = Some(Unusable::Keyed);
        tables.miscount = 1;
        tables.remove("pump-2", "v2");
    });
    let second = world.run().await;
    assert!(second.is(Outcome::Partial).contains("11 unique rows were read, the vendor counts 12"));
    assert_eq!(second.verdict("pump-2", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
}

/// Found by the simulation: read twice, a row without a key counted twice, and one that the vendor never handed out was not
/// missed (I-3).
#[tokio::test]
async fn a_row_without_a_key_that_is_read_again_counts_once() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.row("cam-2", "v1").unusable = Some(Unusable::Keyless);
        tables.miscount = 1;
        tables.remove("pump-2", "v2");
    });
    let second = world.run().await;
    assert!(second.is(Outcome::Partial).contains("11 unique rows were read, the vendor counts 12"));
    assert_eq!(second.verdict("pump-2", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
}
