//! Previews tell what a run would do, and do nothing. `World::preview` checks the second in every case.

use crate::world::{Act, Call, World, failure};
use causeway_claroty_xdome::{DeviceCategory, XdomeSettings};
use causeway_domain::plan::{Rule, Verdict, VerdictRecord};
use causeway_domain::{ConnectionState, FailureKind, Outcome};
use causeway_runs::{Preview, PreviewRequest, load};

fn whole() -> PreviewRequest {
    PreviewRequest { pages: None, records: 2, instead: None }
}

fn verdict(preview: &Preview, asset: &str, finding: &str) -> Option<(Verdict, Rule)> {
    let about = |v: &&VerdictRecord| v.key.asset == asset && v.key.finding == finding;
    preview.verdicts.iter().find(about).map(|verdict| (verdict.verdict, verdict.rule))
}

#[tokio::test]
async fn a_whole_preview_tells_what_the_next_run_does() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v2");
        tables.put("cam-2", "v9");
    });
    let preview = world.preview(&whole()).await.unwrap();
    assert!(preview.is_whole());
    assert_eq!(verdict(&preview, "cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(verdict(&preview, "cam-2", "v9"), Some((Verdict::New, Rule::Seen)));
    let run = world.run().await;
    run.is(Outcome::Complete);
    let conclusions = |verdicts: &[VerdictRecord]| -> Vec<_> {
        verdicts.iter().map(|verdict| (verdict.key.clone(), verdict.verdict, verdict.rule)).collect()
    };
    assert_eq!(conclusions(&preview.verdicts), conclusions(&run.verdicts));
    assert_eq!(preview.plan.findings, run.outcome.findings);
}

#[tokio::test]
async fn a_bounded_preview_judges_what_it_read_and_closes_nothing() {
    let world = World::settled().await;
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v2");
        tables.put("cam-1", "v7");
    });
    world.vendor.take_calls();
    let request = PreviewRequest { pages: Some(1), records: 2, instead: None };
    let preview = world.preview(&request).await.unwrap();
    assert!(!preview.is_whole());
    assert_eq!(preview.pages.len(), 2, "one page of each stream");
    assert_eq!(verdict(&preview, "cam-1", "v7"), Some((Verdict::New, Rule::Seen)));
    assert_eq!(verdict(&preview, "cam-1", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
    assert_eq!(preview.plan.findings.of(Verdict::Fixed), 0);
    let asked = world.vendor.take_calls();
    assert!(asked.iter().all(|call| !matches!(call, Call::Confirm(_))), "{asked:?}");
}

#[tokio::test]
async fn what_a_change_does_is_seen_before_it_is_made() {
    let mut world = World::settled().await;
    let narrowed = world.edited(|definition| {
        let mut source = XdomeSettings::of(&definition.source).unwrap();
        source.device_categories = vec![DeviceCategory::OT];
        definition.source = source.stored().unwrap();
    });
    let preview = world.preview(&PreviewRequest { instead: Some(narrowed), ..whole() }).await.unwrap();
    assert_eq!(verdict(&preview, "cam-1", "v1"), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    let now = world.preview(&whole()).await.unwrap();
    assert_eq!(verdict(&now, "cam-1", "v1"), None, "the connection itself is as it was");
    world.run().await.is(Outcome::Complete);
}

#[tokio::test]
async fn a_plan_that_would_be_held_is_shown_as_held() {
    let world = World::settled().await;
    world.vendor.change(|tables| {
        for asset in ["cam-1", "cam-2", "pump-1", "pump-2"] {
            ["v1", "v2"].iter().for_each(|finding| tables.remove(asset, finding));
        }
    });
    let registered = world.edited(|definition| definition.guards.min_fixed = 1);
    let preview = world.preview(&PreviewRequest { instead: Some(registered), ..whole() }).await.unwrap();
    assert!(!preview.plan.held.is_empty(), "two of three findings would be closed");
}

#[tokio::test]
async fn a_preview_beside_a_live_run_leaves_it_alone() {
    let mut world = World::settled().await;
    let live = world.start().await.unwrap();
    world.preview(&whole()).await.unwrap();
    world.drain().await;
    let record = load(&world.engine, &world.name).await.unwrap().record;
    assert_eq!((record.current_run, record.state), (Some(live.run), ConnectionState::Processed));
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_tried_again_and_then_told() {
    let world = World::settled().await;
    let mut faults = 2;
    world.vendor.script(move |call, _| {
        if matches!(call, Call::Fetch(..)) && faults > 0 {
            faults -= 1;
            return Act::Fail(failure(FailureKind::Unavailable));
        }
        Act::Honest
    });
    world.preview(&whole()).await.unwrap();
    world.vendor.script(|call, _| match call {
        Call::Fetch(..) => Act::Fail(failure(FailureKind::Unauthorized)),
        _ => Act::Honest,
    });
    for pages in [Some(1), None] {
        let told = world.preview(&PreviewRequest { pages, ..whole() }).await.unwrap_err();
        assert_eq!(told.kind, FailureKind::Unauthorized, "{pages:?}");
    }
}
