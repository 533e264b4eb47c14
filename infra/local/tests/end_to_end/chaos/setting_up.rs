//! Kills of the commands that make a connection and its secrets.

use super::tally::Tally;
use super::wishes;
use crate::killing::kill_when;
use crate::process::Result;
use crate::world::World;
use causeway_local::SystemClock;
use causeway_ports::Clock;
use causeway_simulators::xdome::Token;
use jiff::SignedDuration;
use rand::RngExt;
use rand::rngs::StdRng;
use std::process::Stdio;

/// The token that takes turns with the default one.
pub(super) const OTHER_TOKEN: &str = "simulated-xdome-token-of-another-day";

/// Kills on a home that is only being made.
const FIRST: u32 = 5;

/// Longest life of such a process, in microseconds.
const LONGEST: i64 = 25_000;

/// Makes home, connection and secrets, in spite of the kills.
pub(super) fn first(world: &World, chance: &mut StdRng, tally: &mut Tally) -> Result<()> {
    world.describe(wishes())?;
    for _ in 0..FIRST {
        killed(world, &["connection", "apply", "plant.toml"], "", chance, tally)?;
        killed(world, &["secret", "set", "xdome-token"], Token::DEFAULT, chance, tally)?;
    }
    world.connect(wishes())
}

/// Edits the connection and replaces the token, killed; then the token once more. Both must still be whole.
pub(super) fn again(world: &World, chance: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let token = if tally.runs.is_multiple_of(2) { OTHER_TOKEN } else { Token::DEFAULT };
    killed(world, &["secret", "set", "xdome-token"], token, chance, tally)?;
    let deadline = format!("[run]\ndeadline_minutes = {}\n{}", 60 + tally.runs, wishes().destination);
    world.describe(crate::world::Wishes { destination: &deadline, ..wishes() })?;
    killed(world, &["connection", "apply", "plant.toml"], "", chance, tally)?;
    for (list, wanted) in [(["connection", "list"], "plant"), (["secret", "list"], "xdome-token")] {
        let listed = world.place.call(&[list[0], list[1], "--json"])?;
        assert!(listed.code == 0 && listed.stdout.contains(wanted), "{listed:?}");
    }
    world.secret("xdome-token", token)
}

fn killed(
    world: &World,
    arguments: &[&str],
    input: &str,
    chance: &mut StdRng,
    tally: &mut Tally,
) -> Result<()> {
    let file = world.place.write("input", input)?;
    let child = world.place.command(arguments).stdin(Stdio::from(std::fs::File::open(file)?)).spawn()?;
    let end = SystemClock.now() + SignedDuration::from_micros(chance.random_range(0..LONGEST));
    match kill_when(child, || Ok(SystemClock.now() >= end))? {
        Some(ended) => assert_eq!(ended.code, 0, "{ended:?}"),
        None => tally.killed_setting_up(),
    }
    Ok(())
}
