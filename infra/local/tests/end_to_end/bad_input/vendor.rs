//! What comes from the network.

use super::servers::{closed_port, flood, self_signed};
use super::{moved_to, tested_and_run, told};
use crate::process::Result;
use crate::world::{Wishes, World, faults, small};
use causeway_simulators::XdomeConfig;
use causeway_simulators::faults::Endpoint;
use causeway_simulators::xdome::Token;

fn unconnected(seed: u64) -> Result<World> {
    World::of(XdomeConfig { seed, devices: 40, findings: 160, ..small() })
}

#[test]
fn an_unreachable_host() -> Result<()> {
    let world = unconnected(1001)?;
    moved_to(&world, &closed_port()?)?;
    insta::assert_snapshot!("unreachable_host", tested_and_run(&world)?);
    Ok(())
}

#[test]
fn an_unknown_certificate() -> Result<()> {
    let world = unconnected(1002)?;
    moved_to(&world, &self_signed()?)?;
    insta::assert_snapshot!("unknown_certificate", tested_and_run(&world)?);
    Ok(())
}

/// The address of another service, as when dashboard and API are mixed up.
#[test]
fn the_address_of_another_service() -> Result<()> {
    let world = unconnected(1003)?;
    moved_to(&world, &world.receiver.base_url.clone())?;
    insta::assert_snapshot!("address_of_another_service", tested_and_run(&world)?);
    Ok(())
}

#[test]
fn an_expired_token() -> Result<()> {
    let world = unconnected(1004)?;
    // Assets are read first, so it is findings that are refused.
    world.connect(Wishes { destination: "[run]\nfetch_concurrency = 1", ..Wishes::default() })?;
    world
        .vendor_faults(&faults(r#"[{"endpoint":"relations","nth":5,"action":{"kind":"expire-token"}}]"#)?)?;
    let in_mid_run = told(&world.place, &["run", "plant"])?;
    insta::assert_snapshot!("expired_token", format!("{in_mid_run}\n{}", tested_and_run(&world)?));
    Ok(())
}

#[test]
fn a_missing_right_on_one_of_two_endpoints() -> Result<()> {
    let world = World::new(1005)?;
    let devices_only = Token {
        text: Token::DEFAULT.to_owned(),
        endpoints: Some(vec![Endpoint::Devices]),
        ..Token::default()
    };
    world.vendor.control.set_tokens(vec![devices_only]);
    insta::assert_snapshot!("missing_right", tested_and_run(&world)?);
    Ok(())
}

#[test]
fn html_in_place_of_data() -> Result<()> {
    let world = World::new(1006)?;
    world.vendor_faults(&faults(r#"[{"action":{"kind":"html","status":200}}]"#)?)?;
    insta::assert_snapshot!("html", tested_and_run(&world)?);
    Ok(())
}

#[test]
fn records_without_a_key() -> Result<()> {
    let world = World::new(1007)?;
    world.vendor_faults(&faults(
        r#"[{"endpoint":"relations","offset_from":19,"offset_before":20,"times":1,"action":{"kind":"null-keys","every":4}}]"#,
    )?)?;
    insta::assert_snapshot!("records_without_key", told(&world.place, &["run", "plant"])?);
    Ok(())
}

/// One with `NaN` or Latin-1 in it, and one for which the vendor answers 500, whatever is asked for.
#[test]
fn rows_that_break_each_answer() -> Result<()> {
    for (seed, how, field) in [
        (1021, "not-a-number", r#","field":"vulnerability_name""#),
        (1022, "latin1", r#","field":"device_site_name""#),
        (1023, "status", ""),
    ] {
        let world = World::new(seed)?;
        world.vendor_faults(&faults(&format!(
            r#"[{{"endpoint":"relations","action":{{"kind":"breaking-row","at":37,"how":"{how}"{field}}}}}]"#
        ))?)?;
        insta::assert_snapshot!(
            format!("row_that_breaks_answers_{how}"),
            told(&world.place, &["run", "plant"])?
        );
    }
    Ok(())
}

/// A map that requires what not every device has.
#[test]
fn records_whose_required_target_is_missing() -> Result<()> {
    let world = unconnected(1008)?;
    let shipped = world.place.call(&["map", "show", "claroty-xdome-asset", "--toml"])?.stdout;
    let strict = shipped.replace("target = \"serialNumber\"", "target = \"serialNumber\"\nrequired = true");
    world.place.write("strict.toml", &strict)?;
    world.connect(Wishes { source: "maps.asset = \"strict.toml\"", ..Wishes::default() })?;
    insta::assert_snapshot!("required_target_missing", told(&world.place, &["run", "plant"])?);
    Ok(())
}

#[test]
fn an_answer_of_200_mib() -> Result<()> {
    let world = unconnected(1009)?;
    moved_to(&world, &flood()?)?;
    insta::assert_snapshot!("flood", tested_and_run(&world)?);
    Ok(())
}

/// Either the vendor counts more rows than any table has, or the table grows with every answer.
#[test]
fn paging_that_never_ends() -> Result<()> {
    let world = World::new(1010)?;
    world.vendor_faults(&faults(
        r#"[{"endpoint":"relations","action":{"kind":"wrong-count","by":1000000000000}}]"#,
    )?)?;
    let counted = told(&world.place, &["run", "plant"])?;
    world.vendor_faults(&faults(
        r#"[{"endpoint":"relations",
             "action":{"kind":"change","change":{"change":"insert-first","stream":"relations","rows":25}}}]"#,
    )?)?;
    let ran = world.run()?;
    ran.ends(3, "partial");
    let gaps = ran.at("/reasons").to_string();
    insta::assert_snapshot!("endless_paging", counted);
    assert!(gaps.contains("findings: "), "{gaps}");
    Ok(())
}
