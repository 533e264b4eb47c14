//! Faults of the receiver.

use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::troubles::{Ends, FaultCase, Side, play};
use crate::world::{Wishes, World, faults, side_by_side};

const fn healed(script: &'static str) -> FaultCase {
    FaultCase { side: Side::Receiver, script, ends: Ends::Healed }
}

const fn partial(script: &'static str) -> FaultCase {
    FaultCase { side: Side::Receiver, script, ends: Ends::Partial }
}

#[test]
fn pushes_that_are_not_taken_are_made_again() -> Result<()> {
    let refused = [
        healed(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"expire-token"}}]"#),
        healed(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"too-many-requests","to_wait":1}}]"#),
        healed(r#"[{"endpoint":"auth","nth":1,"action":{"kind":"status-before","status":503}}]"#),
    ];
    let lost = [
        healed(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"status-before","status":502}}]"#),
        healed(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"status-after","status":500}}]"#),
        healed(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"html","status":200}}]"#),
    ];
    side_by_side(&[&|| play(111, &refused), &|| play(112, &lost)])
}

/// Their next run sends again what was refused, which the oracle sees.
#[test]
fn assets_that_are_refused_are_sent_again_by_the_next_run() -> Result<()> {
    let several = [partial(
        r#"[{"endpoint":"sync","nth":1,"action":{"kind":"refuse-assets","message":"no such site","status":207}}]"#,
    )];
    let inside_a_200 = [partial(
        r#"[{"endpoint":"sync","nth":1,"action":{"kind":"refuse-assets","message":"no such site","status":200}}]"#,
    )];
    side_by_side(&[&|| play(121, &several), &|| play(122, &inside_a_200)])
}

/// The work is done, but its answer comes after the time-out: the push is made again and changes nothing (I-9).
#[test]
fn a_push_whose_answer_comes_too_late_is_made_again() -> Result<()> {
    let world = World::new(131)?;
    world.connect(Wishes { destination: "timeout_seconds = 1", ..Wishes::default() })?;
    world.receiver_faults(&faults(
        r#"[{"endpoint":"sync","nth":2,"action":{"kind":"hang-after","milliseconds":1600}}]"#,
    )?)?;
    let ran = world.run()?;
    ran.ends(0, "complete");
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;
    let summary = world.receiver.control.summary();
    assert!(summary.assets_unchanged >= 1 && summary.assets_received > summary.assets, "{summary:?}");
    assert!(ran.number("/destination_traffic/retries") >= 1, "{}", ran.account);
    Ok(())
}

#[test]
fn one_refused_asset_does_not_hold_up_the_others() -> Result<()> {
    let world = World::new(141)?;
    let devices = world.vendor.control.truth_devices();
    let victim = devices.iter().find(|device| !device.retired && device.findings > 0);
    let victim = victim.map(|device| device.device_uid.clone()).unwrap_or_default();
    world.receiver_faults(&faults(&format!(
        r#"[{{"endpoint":"sync","action":{{"kind":"refuse-assets","assets":["{victim}"],"message":"no","status":207}}}}]"#
    ))?)?;
    let ran = world.run()?;
    ran.ends(3, "partial");
    assert_eq!(ran.at("/refused"), &serde_json::json!([{"asset": victim, "reason": "no"}]));
    assert!(world.receiver.control.findings(Some(&victim), None).is_empty());
    let received = world.receiver.control.summary().assets_received;

    let again = world.run_well()?;
    assert_eq!(again.number("/delivered/assets"), 1, "{}", again.account);
    assert_eq!(world.receiver.control.summary().assets_received, received + 1);
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

/// A complaint that names a passing state is no refusal: the run itself sends that asset again, and no other.
#[test]
fn only_an_asset_that_must_come_again_is_sent_again() -> Result<()> {
    let world = World::new(142)?;
    let devices = world.vendor.control.truth_devices();
    let victim = devices.iter().find(|device| !device.retired && device.findings > 0);
    let victim = victim.map(|device| device.device_uid.clone()).unwrap_or_default();
    world.receiver_faults(&faults(&format!(
        r#"[{{"endpoint":"sync","action":{{"kind":"refuse-assets","assets":["{victim}"],"message":"Temporarily unavailable, try again","status":207,"times_each":1}}}}]"#
    ))?)?;
    let ran = world.run()?;
    ran.ends(0, "complete");
    assert!(ran.number("/delivered/deliveries") > 1, "{}", ran.account);
    assert_eq!(ran.number("/delivered/refused_assets"), 0, "{}", ran.account);
    let summary = world.receiver.control.summary();
    assert_eq!((summary.assets_refused, summary.assets_received), (1, summary.assets), "{summary:?}");
    assert_eq!(ran.number("/delivered/assets"), summary.assets, "{}", ran.account);
    let received = world.receiver.control.assets();
    assert!(received.iter().all(|asset| asset.received == 1), "{received:?}");
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;
    assert_eq!(world.run_well()?.number("/delivered/deliveries"), 0);
    Ok(())
}

#[test]
fn a_wrong_password_fails_the_run_and_the_right_one_mends_it() -> Result<()> {
    let world = World::new(151)?;
    world.secret("etm-password", "wrong")?;
    let ran = world.run()?;
    ran.ends(1, "failed");
    assert_eq!(ran.at("/failure/kind"), "unauthorized");
    assert_eq!(world.receiver.control.summary().assets_received, 0);
    world.secret("etm-password", causeway_simulators::EtmConfig::DEFAULT_PASSWORD)?;
    world.run_well()?;
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}
