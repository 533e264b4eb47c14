//! The disk of the home is full: the run stops and says so, nothing is lost or closed, and with space it goes on.

use crate::damage::objects;
use crate::killing::kill_when;
use crate::oracle::{Missing, arrived, expect_exactly, expect_harmless};
use crate::process::{Ended, Result, ended};
use crate::small_disk::SmallDisk;
use crate::world::{Wishes, World, small};
use causeway_simulators::XdomeConfig;
use std::process::Command;

#[test]
fn a_run_that_fills_the_disk_goes_on_when_there_is_space() -> Result<()> {
    fill(&[0, 140])
}

/// Each level: what is left at the start of a run, in KiB, so that another write is the first that fails.
pub(crate) fn fill(levels: &[u64]) -> Result<()> {
    let mut world = unconnected()?;
    let Some(disk) = SmallDisk::below(&mut world.place, 8192)? else { return Ok(()) };
    world.connect(Wishes::default())?;
    world.run_well()?;
    for left in levels {
        let before = arrived(&world);
        world.pass_a_day()?;
        disk.fill_but(*left)?;
        let stopped = world.place.call(&["run", "plant", "--json"])?;
        expect_full(&stopped, "home/");
        expect_harmless(&world, &before)?;
        disk.free()?;
        world.run_well()?;
        expect_exactly(&world, &before, Missing::Fixed)?;
    }
    Ok(())
}

/// The queue can still be written when no new object can, so that work could be tried and given up.
#[test]
fn a_run_that_can_make_no_new_file_stops_at_once_and_goes_on_later() -> Result<()> {
    let mut world = unconnected()?;
    let Some(disk) = SmallDisk::below(&mut world.place, 8192)? else { return Ok(()) };
    world.connect(Wishes::default())?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    let home = disk.home();
    let until = objects(&home)?.len() + 6;
    let child = world.place.command(&["run", "plant", "--json"]).spawn()?;
    let mut taken = false;
    let stopped = kill_when(child, || {
        if !taken && objects(&home)?.len() >= until {
            disk.take_all_names()?;
            taken = true;
        }
        Ok(false)
    })?;
    let stopped = stopped.unwrap_or_else(|| panic!("nobody kills it"));
    expect_full(&stopped, "home/objects");
    expect_harmless(&world, &before)?;
    disk.free()?;
    let ran = world.run_well()?;
    assert!(ran.ended.stderr.contains("resuming run"), "{}", ran.ended.stderr);
    expect_exactly(&world, &before, Missing::Fixed)
}

/// Needs no right to mount: files may not grow over a limit, as under a quota.
#[test]
fn a_run_under_a_limit_of_file_size_says_so_and_goes_on_without() -> Result<()> {
    let world = unconnected()?;
    world.connect(Wishes::default())?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    let plain = world.place.command(&["run", "plant", "--json"]);
    let mut limited = Command::new("sh");
    // In units of 512 or 1,024 bytes; without the signal, a write that is too large fails.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh"]).arg(plain.get_program());
    limited.args(plain.get_args()).current_dir(world.place.path());
    let output = limited.stdin(std::process::Stdio::null());
    let piped = output.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    expect_full(&ended(piped.spawn()?)?, "home/");
    expect_harmless(&world, &before)?;
    world.run_well()?;
    expect_exactly(&world, &before, Missing::Fixed)
}

fn unconnected() -> Result<World> {
    World::of(XdomeConfig { seed: 801, devices: 40, findings: 160, ..small() })
}

#[track_caller]
fn expect_full(stopped: &Ended, place: &str) {
    assert_eq!((stopped.code, stopped.stdout.as_str()), (1, ""), "{stopped:?}");
    let (_, error) = stopped.stderr.rsplit_once("error: ").unwrap_or_default();
    let (error, help) = error.split_once('\n').unwrap_or_default();
    assert!(error.contains(place), "{stopped:?}");
    assert!(help.starts_with("  help: Free some disk space"), "{stopped:?}");
}
