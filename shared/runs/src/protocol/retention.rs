//! Removing old runs with their ledgers, so that a home or bucket does not grow for ever.
//!
//! Kept are the newest `keep_runs` runs, the connection's newest one whatever its number, the run that the ledger in force
//! came from, and the ledger that each kept run started from. A removal that is cut short is finished after the next run.
//!
//! Only a run that has its own manifest counts: who may write pages may not push a run out. Folders without one are
//! removed once they are older than the runs kept, or more than `keep_runs`.

use crate::Engine;
use crate::connections::registry::load;
use crate::run_objects::{RunFolder, run_folders, tells_of_a_run};
use causeway_domain::connection::LedgerPointer;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::{ConnectionName, Failure, Generation, Manifest, RunId};
use std::collections::BTreeSet;

/// Removes what the connection no longer keeps; returns how many runs that was.
pub(crate) async fn prune(engine: &Engine, name: &ConnectionName) -> Result<usize, Failure> {
    let connection = load(engine, name).await?;
    let keep = connection.registered.definition.run.keep_runs.max(1) as usize;
    let folders = run_folders(engine, name).await?;
    if folders.len() <= keep {
        return Ok(0);
    }
    let record = &connection.record;
    let ledger_run = record.ledger.as_ref().map(|ledger| &ledger.run);
    let mut needed: BTreeSet<RunId> = record.current_run.iter().chain(ledger_run).cloned().collect();
    // A run that was claimed meanwhile has no manifest yet.
    needed.extend(load(engine, name).await?.record.current_run);
    let mut generations: BTreeSet<Generation> =
        record.ledger.iter().map(|ledger| ledger.generation).chain([record.generation]).collect();
    let mut old = Vec::new();
    let (mut counted, mut others) = (0, 0);
    for RunFolder { run, manifest, .. } in folders {
        let manifest = manifest.filter(|manifest| manifest.run == run && manifest.connection == *name);
        let in_place = counted < keep && (manifest.is_some() || others < keep);
        *(if manifest.is_some() { &mut counted } else { &mut others }) += 1;
        let kept = in_place || Some(&run) == record.current_run.as_ref() || Some(&run) == ledger_run;
        if kept {
            generations.extend(manifest.iter().flat_map(ledgers_of));
            // The ledger it started from may name assets to be sent again, in the folder of the run that wrote it.
            let before = manifest.as_ref().and_then(|manifest| manifest.ledger.as_ref());
            needed.extend(before.map(|ledger| ledger.run.clone()));
        } else if !needed.contains(&run) {
            old.push(run);
            continue;
        }
        // Runs come newest first, so a chain of replays is followed to the run that has the raw pages.
        needed.extend(manifest.and_then(|manifest| manifest.replay).map(|replay| replay.run));
    }
    old.retain(|run| !needed.contains(run));
    for run in &old {
        remove_run(engine, RunKeys::new(name, run)).await?;
    }
    remove_ledgers(engine, name, &generations).await?;
    Ok(old.len())
}

/// The ledger that a run wrote, and the one it started from.
fn ledgers_of(manifest: &Manifest) -> impl Iterator<Item = Generation> + use<> {
    let before = manifest.ledger.as_ref().map(|LedgerPointer { generation, .. }| *generation);
    before.into_iter().chain([manifest.generation])
}

/// The manifest and the outcomes go last, so that a run is listed as what it was until nothing is left of it: one without
/// them is hidden.
async fn remove_run(engine: &Engine, run: RunKeys<'_>) -> Result<(), Failure> {
    let mut keys = engine.objects.list(&run.prefix()).await?;
    keys.sort_by_key(|key| run.object(key).is_some_and(|object| tells_of_a_run(&object)));
    for key in keys {
        engine.objects.delete(&key).await?;
    }
    Ok(())
}

async fn remove_ledgers(
    engine: &Engine,
    name: &ConnectionName,
    kept: &BTreeSet<Generation>,
) -> Result<(), Failure> {
    let prefix = ConnectionKeys(name).ledgers();
    for key in engine.objects.list(&prefix).await? {
        let generation = key.strip_prefix(&prefix).and_then(|rest| rest.split('/').next()?.parse().ok());
        if generation.is_some_and(|number| !kept.contains(&Generation(number))) {
            engine.objects.delete(&key).await?;
        }
    }
    Ok(())
}
