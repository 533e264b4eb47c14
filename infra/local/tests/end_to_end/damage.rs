//! One bit of a stored object turned: the run fails and names the object, and nothing is closed.

use crate::killing::kill_when;
use crate::oracle::arrived;
use crate::process::Result;
use crate::world::{Ran, World};
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
fn turn_a_bit(world: &World, prefix: &str, ending: &str) -> Result<String> {
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
