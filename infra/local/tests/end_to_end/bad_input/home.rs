//! What is wrong with the home.

use super::{message, told};
use crate::damage::turn_a_bit;
use crate::process::{Result, ended};
use crate::world::{Wishes, World, small};
use causeway_simulators::XdomeConfig;
use std::io::{BufRead, BufReader, Error};
use std::process::{Command, Stdio};

#[test]
fn two_processes_on_one_home() -> Result<()> {
    let world =
        World::of(XdomeConfig { seed: 1101, devices: 40, findings: 160, latency_ms: 250, ..small() })?;
    world.connect(Wishes::default())?;
    let mut first = world.place.command(&["run", "plant"]).spawn()?;
    let mut stderr = BufReader::new(first.stderr.take().ok_or_else(|| Error::other("no stderr"))?);
    let mut line = String::new();
    while !line.contains("started") {
        line.clear();
        assert!(stderr.read_line(&mut line)? > 0, "it ended before it started a run");
    }
    let second = told(&world.place, &["run", "plant"])?;
    first.kill()?;
    first.wait()?;
    insta::assert_snapshot!("two_processes", second);
    Ok(())
}

/// Files that may not grow, as under a quota; full_disk plays really full disks.
#[test]
fn a_full_disk() -> Result<()> {
    let world = World::new(1102)?;
    let arguments = ["run", "plant"];
    let plain = world.place.command(&arguments);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh"]).arg(plain.get_program());
    limited.args(plain.get_args()).current_dir(world.place.path());
    limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let stopped = ended(limited.spawn()?)?;
    insta::assert_snapshot!("full_disk", message(&world.place, &arguments, &stopped)?);
    Ok(())
}

#[test]
fn a_damaged_file_in_the_store() -> Result<()> {
    let world = World::new(1103)?;
    world.run_well()?;
    let definition = world.home().join("objects/connections/plant/definition.json");
    let sound = std::fs::read(&definition)?;
    std::fs::write(&definition, "{")?;
    let without_definition = told(&world.place, &["run", "plant"])?;
    std::fs::write(&definition, sound)?;
    turn_a_bit(&world, "connections/plant/ledger/", ".ndjson.zst")?;
    let without_ledger = told(&world.place, &["run", "plant"])?;
    let searched = told(&world.place, &["findings", "plant"])?;
    std::fs::write(world.home().join("queue.sqlite"), "no database")?;
    let without_queue = told(&world.place, &["runs"])?;
    let all = [without_definition, without_ledger, searched, without_queue];
    insta::assert_snapshot!("damaged_files", all.join("\n"));
    Ok(())
}
