//! What is sent, and what is not, when little or nothing has changed.

use crate::oracle::{Missing, arrived, expect_exactly, held_by_vendor};
use crate::process::Result;
use crate::world::{Wishes, World};
use causeway_simulators::xdome::{Advance, Change, Changed};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn only_assets_with_a_change_are_sent() -> Result<()> {
    let world = World::new(401)?;
    world.run_well()?;
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;
    let before = received(&world);
    let idle = world.run_well()?;
    assert_eq!(idle.number("/delivered/deliveries"), 0, "{}", idle.account);
    assert_eq!(received(&world), before);

    let advance = Advance {
        percent: Some(5.0),
        devices_removed: Some(1),
        devices_added: Some(1),
        ..Advance::default()
    };
    let had = arrived(&world);
    let changed = world.change(&Change::Advance(advance))?;
    let expected = touched(&changed, &had.keys().map(|(asset, _)| asset.clone()).collect());
    assert!(expected.len() >= 5, "{changed:?}");
    let ran = world.run_well()?;
    let after = received(&world);
    let sent: BTreeSet<String> = after
        .iter()
        .filter(|(asset, count)| before.get(*asset) != Some(*count))
        .map(|(asset, _)| asset.clone())
        .collect();
    assert_eq!(sent, expected, "{changed:?}");
    assert_eq!(ran.number("/delivered/assets"), expected.len() as u64);
    assert!(after.iter().all(|(asset, count)| *count <= before.get(asset).unwrap_or(&0) + 1), "each once");
    expect_exactly(&world, &had, Missing::Fixed)
}

#[test]
fn a_connection_that_preserves_closes_only_what_the_vendor_closes() -> Result<()> {
    let world = World::new(402)?;
    world.connect(Wishes { connection: "preserve_missing_findings = true", ..Wishes::default() })?;
    world.run_well()?;
    let before = arrived(&world);
    let changed = world.pass_a_day()?;
    assert!(!changed.removed.is_empty() && !changed.fixed.is_empty(), "{changed:?}");
    let ran = world.run_well()?;
    assert!(ran.number("/findings/rules/preserve-setting") >= 2, "{}", ran.account);
    expect_exactly(&world, &before, Missing::Preserved)?;

    // Without the setting the same absences are confirmed and closed.
    world.connect(Wishes::default())?;
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn what_a_narrower_filter_hides_is_neither_closed_nor_sent() -> Result<()> {
    let world = World::new(403)?;
    world.run_well()?;
    let before = arrived(&world);
    world.connect(Wishes { source: "device_categories = [\"OT\", \"IoT\"]", ..Wishes::default() })?;
    let narrow = world.run_well()?;
    assert!(narrow.number("/findings/verdicts/out-of-scope") >= 10, "{}", narrow.account);
    assert_eq!(narrow.number("/delivered/deliveries"), 0, "{}", narrow.account);

    // What happens outside meanwhile is seen once the filter is wide again, and not before.
    world.change(&Change::Advance(Advance { percent: Some(8.0), ..Advance::default() }))?;
    world.run_well()?;
    let truth = held_by_vendor(&world);
    let inside: BTreeSet<String> = world
        .vendor
        .control
        .truth_devices()
        .into_iter()
        .filter(|device| ["OT", "IoT"].contains(&device.category.as_str()))
        .map(|device| device.device_uid)
        .collect();
    for (key, status) in arrived(&world) {
        if inside.contains(&key.0) {
            assert_eq!(status, truth.get(&key).map_or("FIXED", String::as_str), "{key:?}");
        } else {
            assert_eq!(Some(&status), before.get(&key), "{key:?}");
        }
    }
    let before = arrived(&world);
    world.connect(Wishes::default())?;
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn assets_alone_leave_the_findings_as_they_are() -> Result<()> {
    let world = World::new(404)?;
    world.run_well()?;
    let before = arrived(&world);
    world.connect(Wishes { source: "data_to_sync = \"assets\"", ..Wishes::default() })?;
    world.pass_a_day()?;
    let ran = world.run_well()?;
    assert_eq!(arrived(&world), before);
    assert_eq!(ran.at("/planned").as_array().map(Vec::len), Some(1), "{}", ran.account);
    world.connect(Wishes::default())?;
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn without_retained_delta_everything_seen_is_sent_and_nothing_known_is_lost() -> Result<()> {
    let world = World::new(405)?;
    world.connect(Wishes { connection: "retain_delta = false", ..Wishes::default() })?;
    let first = world.run_well()?;
    let before = arrived(&world);
    let changed = world.pass_a_day()?;
    assert!(!changed.removed.is_empty());
    let second = world.run_well()?;
    assert_eq!(second.number("/delivered/assets"), first.number("/delivered/assets"), "{}", second.account);
    expect_exactly(&world, &before, Missing::Fixed)
}

fn received(world: &World) -> BTreeMap<String, u32> {
    world.receiver.control.assets().into_iter().map(|kept| (kept.asset, kept.received)).collect()
}

/// The assets a change touches. Devices that are gone have only their findings closed, so those without any are not
/// sent.
fn touched(changed: &Changed, with_findings: &BTreeSet<String>) -> BTreeSet<String> {
    let lists = [
        &changed.added,
        &changed.removed,
        &changed.fixed,
        &changed.irrelevant,
        &changed.reopened,
        &changed.rescored,
    ];
    let of_findings = lists.into_iter().flatten().map(|finding| finding.device_uid.clone());
    let gone = |asset: &String| changed.devices_removed.contains(asset) && !with_findings.contains(asset);
    let mut touched: BTreeSet<String> = of_findings
        .chain(changed.devices_added.iter().cloned())
        .chain(changed.devices_changed.iter().cloned())
        .collect();
    touched.retain(|asset| !gone(asset));
    touched
}
