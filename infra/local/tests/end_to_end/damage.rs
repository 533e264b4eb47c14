//! A stored file that is damaged or gone: the run fails and names it, nothing is closed, and there is a way on.

use crate::killing::kill_when;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::world::{Ran, Wishes, World};
use std::io::Error;
use std::path::{Path, PathBuf};

#[test]
fn a_damaged_ledger_is_named_and_closes_nothing() -> Result<()> {
    let world = World::new(601)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    let damaged = turn_a_bit(&world, "connections/plant/ledger/", ".ndjson.zst")?;
    let ran = world.run()?;
    expect_named(&ran, &damaged);
    assert_eq!(arrived(&world), before);
    Ok(())
}

#[test]
fn a_damaged_page_is_named_and_closes_nothing() -> Result<()> {
    let world = World::new(602)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    // A process that was killed while it read left some pages; the next one goes on with them.
    let home = world.home();
    let finished = objects(&home)?;
    let child = world.place.command(&["run", "plant"]).spawn()?;
    let new_pages = || -> Result<Vec<String>> {
        let page = |key: &String| key.contains("/pages/findings/main/") && key.ends_with(".ndjson.zst");
        Ok(objects(&home)?.into_iter().filter(|key| page(key) && !finished.contains(key)).collect())
    };
    let ended = kill_when(child, || Ok(new_pages()?.len() >= 3))?;
    assert!(ended.is_none(), "{ended:?}");
    // Whether it counts already or is about to be written once more: the object is there, and it is damaged.
    let page = new_pages()?.into_iter().next().unwrap_or_default();
    let damaged = turn_a_bit(&world, &page, ".ndjson.zst")?;
    let ran = world.run()?;
    expect_named(&ran, &damaged);
    assert_eq!(arrived(&world), before);
    Ok(())
}

/// The run cannot be carried on, nor can it stay undecided for ever; the next one needs nothing of it.
#[test]
fn a_run_whose_own_objects_are_cut_off_is_given_up_and_the_next_is_well() -> Result<()> {
    let world = World::new(603)?;
    world.run_well()?;
    for cut_off in ["manifest.json", "pages/assets/main/000000.json"] {
        let before = arrived(&world);
        world.pass_a_day()?;
        let key = cut_short(&world, "/pages/findings/main/", cut_off)?;
        let path = world.home().join("objects").join(&key);
        let half = std::fs::metadata(&path)?.len() / 2;
        std::fs::OpenOptions::new().write(true).open(&path)?.set_len(half)?;
        let ended = world.place.call(&["run", "plant"])?;
        let run = key.split('/').nth(2).unwrap_or_default();
        if ended.code == 0 && ended.stdout.starts_with(&format!("Run {run} ")) {
            // The message of the page was still in the queue, so the page was read again.
            assert_ne!(cut_off, "manifest.json", "{ended:?}");
        } else {
            // The run has failed, in this command or in the trial of what the process died of; that is followed by a new run.
            assert!(ended.stderr.contains(&key), "{ended:?}");
            if ended.code != 0 {
                assert_eq!((ended.code, arrived(&world)), (1, before.clone()), "{ended:?}");
                world.run_well()?;
            }
        }
        expect_exactly(&world, &before, Missing::Fixed)?;
    }
    Ok(())
}

#[test]
fn a_lost_queue_costs_nothing_but_another_run() -> Result<()> {
    let world = World::new(604)?;
    world.run_well()?;
    let before = arrived(&world);
    world.pass_a_day()?;
    cut_short(&world, "/pages/findings/main/", "manifest.json")?;
    for file in ["queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"] {
        std::fs::remove_file(world.home().join(file)).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    let ran = world.run_well()?;
    assert!(ran.ended.stderr.contains("resuming run"), "{}", ran.ended.stderr);
    expect_exactly(&world, &before, Missing::Fixed)
}

#[test]
fn a_damaged_definition_is_mended_by_applying_it_again() -> Result<()> {
    let world = World::new(605)?;
    let definition = world.home().join("objects/connections/plant/definition.json");
    std::fs::write(&definition, "{")?;
    let refused = world.place.call(&["run", "plant"])?;
    assert!(refused.code == 1 && refused.stderr.contains("plant/definition.json"), "{refused:?}");
    world.connect(Wishes::default())?;
    world.run_well().map(drop)
}

/// Kills a run once it has written two objects with `reached` in their keys; the key of its object `wanted`.
fn cut_short(world: &World, reached: &str, wanted: &str) -> Result<String> {
    let home = world.home();
    let known = objects(&home)?;
    let new = || -> Result<Vec<String>> {
        Ok(objects(&home)?.into_iter().filter(|key| !known.contains(key)).collect())
    };
    let child = world.place.command(&["run", "plant"]).spawn()?;
    let there = |keys: &[String]| {
        let found = keys.iter().filter(|key| key.contains(reached) && key.ends_with(".json")).count();
        found >= 2 && keys.iter().any(|key| key.ends_with(wanted))
    };
    let ended = kill_when(child, || Ok(there(&new()?)))?;
    assert!(ended.is_none(), "{ended:?}");
    let key = new()?.into_iter().find(|key| key.ends_with(wanted));
    key.ok_or_else(|| Error::other(format!("no {wanted}")))
}

#[track_caller]
fn expect_named(ran: &Ran, key: &str) {
    ran.ends(1, "failed");
    assert_eq!(ran.at("/failure/kind"), "store-damaged", "{}", ran.account);
    assert!(
        ran.at("/failure/subject").as_str().is_some_and(|subject| subject.contains(key)),
        "{}",
        ran.account
    );
    assert!(ran.ended.stdout.contains(key), "{:?}", ran.ended);
}

/// Turns one bit in the middle of the first object of these keys.
pub(crate) fn turn_a_bit(world: &World, prefix: &str, ending: &str) -> Result<String> {
    let home = world.home();
    let mut keys = objects(&home)?.into_iter().filter(|key| key.starts_with(prefix) && key.ends_with(ending));
    let key = keys.next().ok_or_else(|| Error::other(format!("no object {prefix}…{ending}")))?;
    let path = home.join("objects").join(&key);
    let mut bytes = std::fs::read(&path)?;
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
    std::fs::write(path, bytes)?;
    Ok(key)
}

/// Keys of all objects of a home, sorted.
pub(crate) fn objects(home: &Path) -> Result<Vec<String>> {
    let root = home.join("objects");
    let mut keys = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.is_dir() && !hidden {
                folders.push(path);
            } else if let Some(key) = path.strip_prefix(&root).ok().and_then(Path::to_str).filter(|_| !hidden)
            {
                keys.push(key.to_owned());
            }
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// What is in a folder; nothing in one that is not there (yet).
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
