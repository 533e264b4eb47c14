//! Tokens that expire or are not allowed enough: the run fails, nothing is closed, and the next run goes well.

use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::world::{World, faults, side_by_side};
use causeway_simulators::faults::Endpoint;
use causeway_simulators::xdome::Token;
use serde_json::Value;

#[test]
fn a_token_that_expires_in_mid_run_fails_the_run() -> Result<()> {
    let world = World::new(201)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    world
        .vendor_faults(&faults(r#"[{"endpoint":"relations","nth":5,"action":{"kind":"expire-token"}}]"#)?)?;
    let ran = world.run()?;
    ran.ends(1, "failed");
    assert_eq!(ran.at("/failure/kind"), "unauthorized");
    assert!(ran.number("/pages_staged") >= 1, "{}", ran.account);
    assert!(ran.ended.stdout.contains("failed ("), "{:?}", ran.ended);
    assert_eq!(arrived(&world), before);
    let listed = world.place.call(&["connection", "list", "--json"])?.json()?;
    assert_eq!(listed.pointer("/0/state"), Some(&"Errored".into()));

    world.vendor.control.set_tokens(vec![token("a-new-token")]);
    world.secret("xdome-token", "a-new-token")?;
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn a_token_that_may_not_read_findings_fails_the_run() -> Result<()> {
    let world = World::new(202)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    let devices_only = Token { endpoints: Some(vec![Endpoint::Devices]), ..token(Token::DEFAULT) };
    world.vendor.control.set_tokens(vec![devices_only]);
    let ran = world.run()?;
    ran.ends(1, "failed");
    assert_eq!(ran.at("/failure/kind"), "forbidden");
    assert_eq!(arrived(&world), before);
    world.vendor.control.set_tokens(vec![token(Token::DEFAULT)]);
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn an_answer_that_proves_nothing_closes_nothing_and_says_what_to_look_at() -> Result<()> {
    let world = World::new(204)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    // From offset 0 are asked: the count, the first page, the count again, and then for what is missing.
    let question = r#"[{"endpoint":"relations","offset_before":1,"nth":4,"action":{"kind":"empty-list"}}]"#;
    world.vendor_faults(&faults(question)?)?;
    let ran = world.run()?;
    ran.ends(3, "partial");
    assert_eq!(world.vendor.control.state().faults_happened, [1]);
    let told = world.place.call(&["run", "show", "plant"])?.stdout;
    assert!(told.contains("help: An answer proves an absence only if"), "{told}");
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn secrets_that_are_not_stored_are_named() -> Result<()> {
    let story = |secret: &str| -> Result<()> {
        let world = World::new(203)?;
        assert_eq!(world.place.call(&["secret", "delete", secret])?.code, 0);
        let ran = world.run()?;
        ran.ends(1, "failed");
        assert_eq!(ran.at("/failure/kind"), "secret-missing");
        let told = format!("{}{}", ran.ended.stdout, ran.ended.stderr);
        assert!(told.contains(secret), "{told}");
        assert_eq!(world.receiver.control.summary().assets_received, 0);
        Ok(())
    };
    side_by_side(&[&|| story("xdome-token"), &|| story("etm-password")])
}

/// Ids tell apart seconds only, times more.
#[test]
fn runs_of_one_second_are_listed_newest_first() -> Result<()> {
    let world = World::new(204)?;
    assert_eq!(world.place.call(&["secret", "delete", "xdome-token"])?.code, 0);
    for _ in 0..6 {
        assert_eq!(world.place.call(&["run", "plant"])?.code, 1);
    }
    let runs = world.place.call(&["runs", "--json"])?.json()?;
    let started = |run: &Value| run.get("started_at")?.as_str()?.parse::<jiff::Timestamp>().ok();
    let times: Vec<_> = runs.as_array().into_iter().flatten().filter_map(started).collect();
    assert!(times.len() == 6 && times.is_sorted_by(|newer, older| newer > older), "{runs}");
    let newest = world.place.call(&["run", "show", "plant", "--json"])?.json()?;
    assert_eq!(newest.get("run"), runs.pointer("/0/run"));
    Ok(())
}

fn token(text: &str) -> Token {
    Token { text: text.to_owned(), ..Token::default() }
}
