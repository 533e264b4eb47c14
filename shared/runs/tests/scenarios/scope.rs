//! Another scope hides records; hidden is not gone (I-1).

use crate::world::World;
use causeway_claroty_xdome::{DataToSync, DeviceCategory, XdomeSettings};
use causeway_domain::Definition;
use causeway_domain::Outcome;
use causeway_domain::plan::{Rule, Verdict};

fn change(definition: &mut Definition, change: impl FnOnce(&mut XdomeSettings)) {
    let mut settings = XdomeSettings::of(&definition.source).unwrap();
    change(&mut settings);
    definition.source = settings.stored().unwrap();
}

#[tokio::test]
async fn a_narrower_filter_closes_nothing_that_it_hides_and_still_closes_what_it_shows() {
    let mut world = World::settled().await;
    world
        .define(|definition| change(definition, |source| source.device_categories = vec![DeviceCategory::OT]))
        .await;
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v1");
        tables.remove("pump-1", "v1");
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    for finding in ["v1", "v2", "v3"] {
        assert_eq!(second.verdict("cam-1", finding), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    }
    assert_eq!(second.verdict("cam-1", ""), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    assert_eq!(second.verdict("pump-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(second.sent, ["pump-1"]);

    world
        .define(|definition| change(definition, |source| source.device_categories = DeviceCategory::all()))
        .await;
    let third = world.run().await;
    assert_eq!(third.verdict("cam-1", "v1"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(third.verdicts.len(), 1, "the others are as they were: {:?}", third.verdicts);
}

#[tokio::test]
async fn assets_only_keeps_all_findings() {
    let mut world = World::settled().await;
    world.define(|definition| change(definition, |source| source.data_to_sync = DataToSync::Assets)).await;
    world.vendor.change(|tables| tables.row("cam-1", "").value = 5);
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.sent, ["cam-1"]);
    assert_eq!(second.outcome.findings.rules[&Rule::StreamNotRead], 12);
    assert_eq!(second.outcome.delivered.findings, 3, "an asset is sent with all that is known of it");
    assert_eq!(world.receiver.status("cam-1", "v1").0, "open");
}

#[tokio::test]
async fn a_device_that_retires_takes_its_findings_out_of_scope() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.rows_of("cam-1").for_each(|row| row.scope.retired = Some(true)));
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    assert_eq!(second.outcome.findings.of(Verdict::Fixed), 0);
    assert_eq!(second.sent, Vec::<String>::new());
    // Next time its line says where it is, so nobody is asked again.
    world.vendor.take_calls();
    let third = world.run().await;
    assert_eq!(third.verdict("cam-1", "v1"), Some((Verdict::OutOfScope, Rule::ScopeNarrowed)));
    assert!(!world.vendor.take_calls().iter().any(|call| matches!(call, crate::world::Call::Confirm(_))));
}

#[tokio::test]
async fn an_asset_that_only_findings_name_is_kept_back_until_it_is_listed() {
    let mut world = World::new().await;
    let mut assets = Vec::new();
    world.vendor.change(|tables| {
        assets = tables
            .rows
            .iter()
            .filter(|(key, _)| key.finding.is_empty())
            .map(|(k, r)| (k.clone(), r.clone()))
            .collect();
        tables.rows.retain(|key, _| !key.finding.is_empty());
    });
    for _ in 0..2 {
        let run = world.run().await;
        run.is(Outcome::Partial);
        assert_eq!(run.sent, Vec::<String>::new(), "a destination would show assets without a name");
        let reason = "4 assets were withheld with all findings: the asset's own record could not be read";
        assert_eq!(run.outcome.reasons, [reason]);
        assert_eq!(run.outcome.assets.rules[&Rule::AssetUnknown], 4);
    }
    world.vendor.change(|tables| tables.rows.extend(assets));
    let listed = world.run().await;
    listed.is(Outcome::Complete);
    assert_eq!(listed.sent.len(), 4);
    assert_eq!(world.receiver.status("cam-1", "v1").0, "open");
}
