//! What a person does to a run that is decided: looks at its plan, approves or discards it, has it try again.

use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::world::World;
use causeway_simulators::EtmConfig;
use causeway_simulators::xdome::Change;
use serde_json::Value;

/// The largest site is really gone, and the run that noticed is held.
fn held(seed: u64) -> Result<World> {
    let world = World::new(seed)?;
    world.run_well()?;
    let mut sites = world.vendor.control.state().sites;
    sites.sort_by_key(|site| std::cmp::Reverse(site.findings));
    let site = sites.first().map(|site| site.name.clone()).unwrap_or_default();
    world.change(&Change::RemoveSite { site })?;
    world.run()?.ends(4, "held");
    Ok(world)
}

#[test]
fn a_held_plan_is_looked_at_and_approved() -> Result<()> {
    let world = held(311)?;
    let before = arrived(&world);
    let plan = world.place.call(&["plan", "show", "plant", "--json"])?.json()?;
    let closing = plan.get("closing").and_then(Value::as_array).cloned().unwrap_or_default();
    let fixed = plan.pointer("/findings/verdicts/fixed").and_then(Value::as_u64).unwrap_or_default();
    let gone = plan.pointer("/assets/verdicts/gone").and_then(Value::as_u64).unwrap_or_default();
    assert!(fixed >= 10 && gone > 0 && closing.len() as u64 == fixed + gone, "{plan}");
    let text = |pointer: &str| plan.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_finding =
        |one: &Value| one.get("finding").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    let first = closing.iter().position(is_finding).unwrap_or_default();
    let of_first = |member: &str| text(&format!("/closing/{first}/{member}"));
    let (id, site) = (text("/plan"), of_first("site"));
    let shown = world.place.call(&["plan", "show", "plant"])?.stdout;
    for part in [&format!("Plan {id} of run"), "Held:  ", "closed by absence at site", &site, "plan approve"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }

    let finding = format!("{}/{}", of_first("asset"), of_first("finding"));
    let why = world.place.call(&["plan", "show", "plant", "--why", &finding])?.stdout;
    for part in
        ["fixed, missing", "It was open;", "not seen in this run", "was queried for", "\"status\":\"fixed\""]
    {
        assert!(why.contains(part), "{part} in {why}");
    }
    let is_asset = |one: &&Value| !is_finding(one);
    let asset = closing.iter().find(is_asset).and_then(|one| one.get("asset")?.as_str()).unwrap_or_default();
    let why = world.place.call(&["plan", "show", "plant", "--why", asset])?.stdout;
    for part in
        [format!("Asset {asset}: gone"), "missing records and".to_owned(), "It is gone since".to_owned()]
    {
        assert!(why.contains(&part), "{part} in {why}");
    }
    let unknown = world.place.call(&["plan", "show", "plant", "--why", "no-such-finding"])?;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("neither this run nor the ledger knows"), "{}", unknown.stderr);

    let other = world.place.call(&["plan", "approve", "plant", "--by", "anna", "--plan", "00000000"])?;
    assert_eq!((other.code, arrived(&world)), (1, before.clone()), "{}", other.stderr);
    let approve = ["plan", "approve", "plant", "--by", "anna", "--note", "the site was sold", "--plan", &id];
    let approved = world.place.call(&approve)?;
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert!(approved.stdout.contains("approved by anna") && approved.stdout.contains("the site was sold"));
    expect_exactly(&world, &before, Missing::Fixed)?;
    let discard = world.place.call(&["plan", "discard", "plant", "--by", "bert"])?;
    assert_eq!(discard.code, 1);
    assert!(discard.stderr.contains("only a held plan can be approved or discarded"), "{}", discard.stderr);
    assert_eq!(world.run_well()?.number("/delivered/deliveries"), 0);
    Ok(())
}

#[test]
fn a_discarded_plan_is_never_sent() -> Result<()> {
    let world = held(312)?;
    let before = arrived(&world);
    let discarded = world.place.call(&["plan", "discard", "plant", "--by", "anna"])?;
    assert_eq!(discarded.code, 0, "{}", discarded.stderr);
    let approve = world.place.call(&["plan", "approve", "plant", "--by", "bert"])?;
    assert_eq!(approve.code, 1);
    assert!(approve.stderr.contains("was discarded by anna"), "{}", approve.stderr);
    assert_eq!(arrived(&world), before);
    Ok(())
}

#[test]
fn a_run_that_could_not_deliver_is_redriven() -> Result<()> {
    let world = World::new(313)?;
    world.secret("etm-password", "wrong")?;
    let failed = world.run()?;
    failed.ends(1, "failed");
    let requests = world.vendor.control.state().traffic.requests;
    world.secret("etm-password", EtmConfig::DEFAULT_PASSWORD)?;
    let ended = world.place.call(&["redrive", "plant", "--by", "anna", "--json"])?;
    let ran = world.ran(ended)?;
    ran.ends(0, "complete");
    assert_eq!(ran.at("/run"), failed.at("/run"), "the same run went on");
    assert_eq!(world.vendor.control.state().traffic.requests, requests, "nothing was read again");
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;
    assert_eq!(world.run_well()?.number("/delivered/deliveries"), 0);
    let again = world.place.call(&["redrive", "plant", "--by", "anna"])?;
    assert!(again.stderr.contains("nothing failed"), "{}", again.stderr);
    Ok(())
}
