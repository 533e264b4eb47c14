//! One connection's crash or damaged file never takes the others down.

use crate::killing::pause;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::serving::now;
use crate::world::{Wishes, World, faults, small};
use causeway_simulators::XdomeConfig;
use jiff::SignedDuration;
use serde_json::Value;
use std::io::Error;

/// Every page but the first ones is a request that hangs, which is when the process is killed.
const PAGE_HANGS: &str = r#"[{"offset_from":1,"action":{"kind":"hang-before","milliseconds":60000}}]"#;

/// The same from the first question of a run on.
const ALL_HANGS: &str = r#"[{"action":{"kind":"hang-before","milliseconds":60000}}]"#;

fn world(seed: u64) -> Result<World> {
    World::of(XdomeConfig { seed, devices: 40, findings: 160, ..small() })
}

impl World {
    fn hangs(&self) -> u64 {
        self.vendor.control.state().faults_happened.iter().sum()
    }

    /// Waits until one more request hangs; whether that happened before the run of `plant` failed.
    fn hangs_again(&self, before: u64) -> Result<bool> {
        loop {
            if self.hangs() > before {
                return Ok(true);
            }
            if self.state()? == "Errored" {
                return Ok(false);
            }
            pause();
        }
    }

    /// A second connection, `well`, to systems of its own.
    fn connect_another(&self, other: &World) -> Result<()> {
        let start = (now() + SignedDuration::from_secs(8)).strftime("%FT%T").to_string();
        let schedule = format!("\n[schedule]\noccurs = \"once\"\nstart = \"{start}\"\n");
        let file = other.describe(Wishes { destination: &schedule, ..Wishes::default() })?;
        let text = std::fs::read_to_string(file)?.replace("name = \"plant\"", "name = \"well\"");
        self.place.write("well.toml", &text)?;
        let applied = self.place.call(&["connection", "apply", "well.toml"])?;
        if applied.code == 0 { Ok(()) } else { Err(Error::other(format!("{applied:?}"))) }
    }
}

fn is_put_aside(seed: u64, hanging: &str) -> Result<()> {
    let (world, other) = (world(seed)?, world(seed + 1)?);
    world.vendor_faults(&faults(hanging)?)?;
    world.connect_once_in(1)?;
    world.connect_another(&other)?;
    let (mut deaths, mut before) = (0, world.hangs());
    let mut serving = world.serve()?;
    while world.hangs_again(before)? {
        serving.signal("-KILL")?;
        drop(serving);
        deaths += 1;
        assert!(deaths <= 12, "it dies again and again");
        before = world.hangs();
        serving = world.serve()?;
    }
    assert!(deaths >= 5, "given up after {deaths} deaths");
    let given_up = serving.hears("plant: run failed: ")?;
    assert!(given_up.contains("died 5 times in a row"), "{given_up}");
    serving.hears("well: run ")?;
    serving.hears(" ended complete after ")?;
    serving.stop()?;
    expect_exactly(&other, &arrived(&other), Missing::Fixed)?;
    let failed = world.place.call(&["run", "show", "plant", "--json"])?.json()?;
    assert_eq!(failed.pointer("/failure/kind").and_then(Value::as_str), Some("cut-short"), "{failed}");
    world.run_well()?;
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

#[test]
fn a_page_that_ends_the_process_fails_its_run_and_the_others_go_on() -> Result<()> {
    is_put_aside(821, PAGE_HANGS)
}

#[test]
fn a_start_that_ends_the_process_fails_its_run_and_the_others_go_on() -> Result<()> {
    is_put_aside(831, ALL_HANGS)
}

/// A supervisor kills a process that stops too slowly. Such a kill is not a crash of its work.
#[test]
fn a_stop_that_ends_in_a_kill_counts_against_nobody() -> Result<()> {
    let world = world(841)?;
    world.vendor_faults(&faults(PAGE_HANGS)?)?;
    world.connect_once_in(1)?;
    for _ in 0..7 {
        let before = world.hangs();
        let mut serving = world.serve()?;
        assert!(world.hangs_again(before)?, "its run failed");
        serving.signal("-TERM")?;
        serving.hears("Stopping")?;
        serving.signal("-KILL")?;
    }
    world.vendor_faults(&[])?;
    let mut serving = world.serve()?;
    serving.hears(" ended complete after ")?;
    serving.stop()?;
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

#[test]
fn a_damaged_connection_is_told_and_the_others_are_served() -> Result<()> {
    let (world, other) = (world(851)?, world(852)?);
    world.connect(Wishes::default())?;
    world.connect_another(&other)?;
    std::fs::write(world.home().join("objects/connections/plant/definition.json"), "{")?;
    let mut serving = world.serve()?;
    let told = serving.hears("plant: cannot be processed: ")?;
    assert!(told.contains("connections/plant/definition.json"), "{told}");
    serving.hears(" ended complete after ")?;
    serving.stop()?;
    expect_exactly(&other, &arrived(&other), Missing::Fixed)
}
