//! kill -9 again and again, and the end is that of an undisturbed machine.

use crate::damage::objects;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::{Ended, Result, ended};
use crate::twin::expect_same;
use crate::world::{Wishes, World, small};
use causeway_simulators::XdomeConfig;
use causeway_simulators::xdome::{Advance, Change};
use std::process::Child;
use std::time::Duration;

/// Objects that a process may write before it is killed, one number after the other: at the start, while pages come, and
/// one object at a time where plan, ledger, deliveries and commit are written.
const LIVES: [usize; 20] = [1, 1, 2, 5, 5, 5, 5, 5, 4, 4, 3, 1, 1, 1, 1, 2, 1, 3, 1, 2];

#[test]
fn a_machine_killed_at_any_moment_ends_as_an_undisturbed_one() -> Result<()> {
    let (steady, killed) = (machine()?, machine()?);
    let mut kills = 0;
    let day = Advance { percent: Some(6.0), devices_removed: Some(1), ..Advance::default() };
    for lives in [&LIVES[..], &LIVES[3..]] {
        steady.run_well()?;
        kills += run_with_kills(&killed, lives)?;
        expect_same(&steady, &killed)?;
        let before = arrived(&steady);
        for world in [&steady, &killed] {
            expect_exactly(world, &before, Missing::Fixed)?;
            world.change(&Change::Advance(day.clone()))?;
        }
    }
    assert!(kills >= 12, "only {kills} processes were killed");
    let runs = killed.place.call(&["runs", "--json"])?.json()?;
    let outcomes: Vec<_> =
        runs.as_array().into_iter().flatten().filter_map(|run| run.get("outcome")).collect();
    assert_eq!(outcomes, ["complete", "complete"], "{runs}");
    Ok(())
}

#[test]
fn a_run_that_recovery_completes_is_the_run_that_was_asked_for() -> Result<()> {
    let world = machine()?;
    world.run_well()?;
    let home = world.home();
    // Killed between outcome and state, the check is still in flight, and recovery ends the run by repeating it.
    for started in 2..20 {
        let known = objects(&home)?;
        let decided = |key: &String| key.ends_with("/outcome.json") && !known.contains(key);
        let child = world.place.command(&["run", "plant", "--json"]).spawn()?;
        let killed = kill_when(child, || Ok(objects(&home)?.iter().any(decided)))?.is_none();
        if killed && world.state()? == "Processing" {
            let resumed = world.place.call(&["run", "plant", "--json"])?;
            assert!(resumed.code == 0 && resumed.stderr.contains("resuming run"), "{resumed:?}");
            let runs = world.place.call(&["runs", "--json"])?.json()?;
            assert_eq!(runs.as_array().map(Vec::len), Some(started), "{runs}");
            return Ok(());
        }
    }
    Err(std::io::Error::other("every run was decided before its process could be killed"))
}

fn machine() -> Result<World> {
    let world = World::of(XdomeConfig { seed: 501, devices: 60, findings: 300, ..small() })?;
    // The guard of vanished sites is not what is tested here.
    world.connect(Wishes { destination: "\n[guards]\nhold_vanished_site = false\n", ..Wishes::default() })?;
    Ok(world)
}

/// Runs until the run is complete, killing each process once it has written as many objects as `lives` says.
fn run_with_kills(world: &World, lives: &[usize]) -> Result<usize> {
    let home = world.home();
    let mut kills = 0;
    for life in lives {
        let until = objects(&home)?.len() + life;
        let child = world.place.command(&["run", "plant", "--json"]).spawn()?;
        if let Some(ended) = kill_when(child, || Ok(objects(&home)?.len() >= until))? {
            assert_eq!(ended.code, 0, "{ended:?}");
            return Ok(kills);
        }
        kills += 1;
    }
    let last = world.place.call(&["run", "plant", "--json"])?;
    assert_eq!(last.code, 0, "{last:?}");
    assert!(last.stderr.contains("resuming run"), "{last:?}");
    Ok(kills)
}

/// Kills `child` as soon as `now` says so; how it ended if it was faster.
pub(crate) fn kill_when(mut child: Child, mut now: impl FnMut() -> Result<bool>) -> Result<Option<Ended>> {
    while child.try_wait()?.is_none() {
        if now()? {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        pause();
    }
    ended(child).map(Some)
}

#[expect(clippy::disallowed_methods, reason = "another process is watched from the outside")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}
