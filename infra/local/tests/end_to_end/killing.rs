//! kill -9 again and again, and the end is that of an undisturbed machine.

use crate::damage::objects;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::{Ended, Result, ended};
use crate::world::{Wishes, World, small};
use causeway_simulators::XdomeConfig;
use causeway_simulators::xdome::{Advance, Change};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Error, Read};
use std::path::Path;
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
        let before = arrived(&steady);
        assert_eq!(before, arrived(&killed));
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
    assert_eq!(payloads(&killed), payloads(&steady));
    assert_eq!(ledger(&killed)?, ledger(&steady)?);
    Ok(())
}

fn machine() -> Result<World> {
    let world = World::of(XdomeConfig { seed: 501, devices: 60, findings: 300, ..small() })?;
    // The guard of vanished sites is not what is tested here.
    world.connect(Wishes { destination: "\n[guards]\nhold_vanished_site = false\n", ..Wishes::default() })?;
    Ok(world)
}

/// Runs until the run is complete, killing each process once it has written as many objects as `lives` says.
fn run_with_kills(world: &World, lives: &[usize]) -> Result<usize> {
    let home = world.place.path().join("home");
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
    assert!(last.stderr.contains("going on with run"), "{last:?}");
    Ok(kills)
}

/// Kills `child` as soon as `now` says so; how it ended if it was faster.
pub(crate) fn kill_when(mut child: Child, now: impl Fn() -> Result<bool>) -> Result<Option<Ended>> {
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
fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}

/// What the receiver has, but for the dates of findings that were closed by absence: those are the runs' own.
fn payloads(world: &World) -> BTreeMap<(String, String), Value> {
    let findings = world.receiver.control.findings(None, None).into_iter().map(|kept| {
        let mut payload = kept.payload.unwrap_or_default();
        if let Some(payload) = payload.as_object_mut().filter(|_| kept.status.as_deref() == Some("FIXED")) {
            payload.remove("lastFixedOn");
        }
        ((kept.asset, kept.finding), payload)
    });
    let assets = world.receiver.control.assets().into_iter();
    assets
        .map(|kept| ((kept.asset, String::new()), kept.payload.unwrap_or_default()))
        .chain(findings)
        .collect()
}

/// The records of the ledger in force, without what names a run or its time.
fn ledger(world: &World) -> Result<Vec<Value>> {
    let objects = world.place.path().join("home/objects");
    let state = read_json(&objects.join("connections/plant/state.json"))?;
    let index = state.pointer("/ledger/index").and_then(Value::as_str).unwrap_or_default();
    let index = read_json(&objects.join(index))?;
    let segments = index.get("segments").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut records = Vec::new();
    for key in segments.iter().filter_map(|segment| segment.get("key")?.as_str()) {
        let mut text = String::new();
        zstd::Decoder::new(std::fs::File::open(objects.join(key))?)?.read_to_string(&mut text)?;
        for line in text.lines() {
            let mut record: Value = serde_json::from_str(line).map_err(Error::other)?;
            if let Some(members) = record.as_object_mut() {
                let own: &[&str] = match members.get("closed_by").and_then(Value::as_str) {
                    Some("absence") => &["first_seen", "last_seen", "fixed_on"],
                    _ => &["first_seen", "last_seen"],
                };
                members.retain(|name, _| !own.contains(&name.as_str()));
            }
            records.push(record);
        }
    }
    assert!(records.len() > 60, "{} records in {index}", records.len());
    Ok(records)
}

fn read_json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&std::fs::read(path)?).map_err(Error::other)
}
