//! Every kind of stored file of a run that was cut short, damaged: nothing is closed wrongly, no process hangs or panics,
//! the file is named, and everything comes right again. What belongs to the run costs that run and no more; what belongs
//! to the connection or the machine must be restored first.

use super::number;
use super::phase::{Phase, generation};
use crate::damage::objects;
use crate::killing::kill_when;
use crate::oracle::{Missing, Statuses, arrived, expect_exactly, expect_harmless};
use crate::process::{Ended, Result};
use crate::twin::read_json;
use crate::world::{World, side_by_side};
use causeway_local::SystemClock;
use causeway_ports::Clock;
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::io::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A run that is neither decided nor given up after so long hangs.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// Files that hold no objects. The queue alone may also be gone.
const FILES: [&str; 3] = ["queue.sqlite", "secrets.sqlite", "keys/identity"];

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// Any one bit is turned, which text may survive with another meaning.
    AnyBit,
    /// Only the first half is there.
    Half,
}

#[test]
#[ignore = "takes minutes: `make chaos` plays it"]
fn every_stored_file_that_is_damaged_is_named_and_closes_nothing() -> Result<()> {
    let (damaged, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let story = |phase| {
        let mut chance = StdRng::seed_from_u64(number("CHAOS_SEED", 1));
        let cut = Cut::in_phase(phase)?;
        for (kind, file) in &cut.files {
            for damage in [Damage::Half, Damage::AnyBit] {
                let ended = cut.play(file, damage, &mut chance);
                let ended = ended.map_err(|error| Error::other(format!("{kind}, {damage:?}: {error}")))?;
                damaged.fetch_add(1, Ordering::Relaxed);
                failed.fetch_add(u64::from(ended.code != 0), Ordering::Relaxed);
            }
        }
        Ok(())
    };
    side_by_side(&[&|| story(Phase::Confirming), &|| story(Phase::Delivering)])?;
    eprintln!(
        "{damaged:?} damaged files: {failed:?} runs failed or were partial, the others did not need them"
    );
    Ok(())
}

/// A home whose second run was cut short, with a copy of it.
struct Cut {
    world: World,
    before: Statuses,
    /// One file of each kind, below the home.
    files: BTreeMap<String, String>,
}

impl Cut {
    fn in_phase(phase: Phase) -> Result<Self> {
        let world = World::new(901)?;
        world.run_well()?;
        let before = arrived(&world);
        world.pass_a_day()?;
        let home = world.home();
        let (first, known) = (generation(&home)?, objects(&home)?.len());
        let child = world.place.command(&["run", "plant"]).spawn()?;
        // Some pages, so that there is one to damage.
        let now = || Ok(Phase::of(&home, first)? >= phase && objects(&home)?.len() > known + 8);
        assert!(kill_when(child, now)?.is_none(), "the run ended before it was {phase:?}");
        copy(&home, &world.place.path().join("backup"))?;
        Ok(Self { files: files(&home)?, world, before })
    }

    /// Damages the file in a fresh copy, runs, and runs again as a person would; how the first went.
    fn play(&self, file: &str, damage: Damage, chance: &mut StdRng) -> Result<Ended> {
        let (world, home, backup) = (&self.world, self.world.home(), self.world.place.path().join("backup"));
        std::fs::remove_dir_all(&home)?;
        copy(&backup, &home)?;
        spoil(&home.join(file), damage, chance)?;
        let ran = run(world)?;
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains("panicked"), "{told}");
        expect_harmless(world, &self.before)?;
        let name = file.rsplit('/').next().unwrap_or(file);
        // A turned bit may make a map or a setting wrong, and then that is what is said.
        let excused = ran.code == 0 || matches!(damage, Damage::AnyBit);
        assert!(excused || told.contains(name) && told.contains("help: "), "{ran:?}");
        if !file.contains("runs/") {
            std::fs::copy(backup.join(file), home.join(file))?;
        }
        if ran.code != 0 && run(world)?.code != 0 {
            let last = run(world)?;
            assert_eq!(last.code, 0, "after {told}: {last:?}");
        }
        // A definition with another meaning may have been followed; the true one is followed now.
        if matches!(damage, Damage::AnyBit) {
            std::fs::remove_dir_all(&home)?;
            copy(&backup, &home)?;
            assert_eq!(run(world)?.code, 0);
        }
        expect_exactly(world, &self.before, Missing::Fixed)?;
        Ok(ran)
    }
}

fn run(world: &World) -> Result<Ended> {
    let end = SystemClock.now() + PATIENCE;
    let child = world.place.command(&["run", "plant"]).spawn()?;
    kill_when(child, || Ok(SystemClock.now() > end))?.ok_or_else(|| Error::other("the run hangs"))
}

fn spoil(path: &Path, damage: Damage, chance: &mut StdRng) -> Result<()> {
    let mut bytes = std::fs::read(path)?;
    let middle = bytes.len() / 2;
    let (place, bit) = match damage {
        Damage::AnyBit => (chance.random_range(0..bytes.len()), chance.random_range(0..8)),
        Damage::Half => {
            bytes.truncate(middle);
            (middle, 0)
        }
    };
    bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit);
    std::fs::write(path, bytes)
}

/// One file of each kind: of the connection, of its current run, and the databases.
fn files(home: &Path) -> Result<BTreeMap<String, String>> {
    let state = read_json(&home.join("objects/connections/plant/state.json"))?;
    let run = state.get("current_run").and_then(|run| run.as_str()).unwrap_or_default();
    let mut files: BTreeMap<String, String> = FILES.map(|file| (file.to_owned(), file.to_owned())).into();
    for key in objects(home)? {
        if key.contains(run) || key.starts_with("connections/") {
            // Numbers and hashes aside, keys of one kind are equal.
            let kind = key.replace(run, "RUN").replace(|c: char| c.is_ascii_digit(), "0");
            let kind = kind.split_once("000000-").map_or(kind.as_str(), |(kind, _)| kind).to_owned();
            files.entry(kind).or_insert(format!("objects/{key}"));
        }
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    if status.success() { Ok(()) } else { Err(Error::other(format!("cp: {status}"))) }
}
