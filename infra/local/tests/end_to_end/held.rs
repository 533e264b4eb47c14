//! Answers that are whole but not to be believed: the plan is held and the receiver hears nothing (I-8).

use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::world::{Wishes, World, side_by_side};
use causeway_simulators::xdome::{Change, Token};

#[test]
fn a_token_that_lost_sites_holds_the_run() -> Result<()> {
    side_by_side(&[&|| lost_sites(301, |sites| sites.into_iter().skip(1).collect(), "site "), &|| {
        lost_sites(302, |_| Vec::new(), "empty answer")
    }])
}

/// A run with a token that sees only some sites is held for `reason`; with the whole token nothing has happened.
fn lost_sites(seed: u64, kept: fn(Vec<String>) -> Vec<String>, reason: &str) -> Result<()> {
    let world = World::new(seed)?;
    world.run_well()?;
    let (before, received) = (arrived(&world), world.receiver.control.summary().assets_received);
    let mut sites = world.vendor.control.state().sites;
    sites.sort_by_key(|site| std::cmp::Reverse(site.findings));
    let sites = kept(sites.into_iter().map(|site| site.name).collect());
    let token = |sites| Token { text: Token::DEFAULT.to_owned(), sites, ..Token::default() };
    world.vendor.control.set_tokens(vec![token(Some(sites))]);
    let ran = world.run()?;
    ran.ends(4, "held");
    assert_eq!(ran.at("/failure/kind"), "held");
    let reasons = ran.at("/held").to_string();
    assert!(reasons.contains(&format!("\"subject\":\"{reason}")), "{reasons}");
    assert_eq!(
        (arrived(&world), world.receiver.control.summary().assets_received),
        (before.clone(), received)
    );

    world.vendor.control.set_tokens(vec![token(None)]);
    let ran = world.run_well()?;
    assert_eq!(ran.number("/delivered/deliveries"), 0, "{}", ran.account);
    assert_eq!(arrived(&world), before);
    Ok(())
}

/// The site is really gone: the person who knows says so in the guards, and its findings are closed.
#[test]
fn a_site_that_is_gone_is_closed_once_a_person_says_so() -> Result<()> {
    let world = World::new(303)?;
    world.run_well()?;
    let before = arrived(&world);
    let mut sites = world.vendor.control.state().sites;
    sites.sort_by_key(|site| std::cmp::Reverse(site.findings));
    let site = sites.first().map(|site| site.name.clone()).unwrap_or_default();
    world.change(&Change::RemoveSite { site })?;
    world.run()?.ends(4, "held");
    assert_eq!(arrived(&world), before);
    let guards =
        "\n[guards]\nmax_fixed_percent = 100.0\nhold_vanished_site = false\nhold_vanished_category = false\n";
    world.connect(Wishes { destination: guards, ..Wishes::default() })?;
    let ran = world.run_well()?;
    assert!(ran.number("/findings/verdicts/fixed") >= 10, "{}", ran.account);
    expect_exactly(&world, &before, Missing::Fixed)
}
