//! Removing old runs with their ledgers, so that a home or bucket does not grow for ever.
//!
//! Kept are the newest `keep_runs` runs, the connection's newest one whatever its number, the run that the ledger in force
//! came from, and the ledger that each kept run started from. A removal that is cut short is finished after the next run.

use crate::Engine;
use crate::connections::load;
use crate::progress::runs;
use causeway_domain::connection::LedgerPointer;
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::{ConnectionName, Failure, Generation, Manifest, RunId};
use std::collections::BTreeSet;

/// Removes what the connection no longer keeps; returns how many runs that was.
pub(crate) async fn prune(engine: &Engine, name: &ConnectionName) -> Result<usize, Failure> {
    let connection = load(engine, name).await?;
    let keep = connection.registered.definition.run.keep_runs.max(1) as usize;
    let runs = runs(engine, name).await?;
    if runs.len() <= keep {
        return Ok(0);
    }
    let record = &connection.record;
    let ledger_run = record.ledger.as_ref().map(|ledger| &ledger.run);
    let mut needed: BTreeSet<RunId> = record.current_run.iter().chain(ledger_run).cloned().collect();
    let mut generations: BTreeSet<Generation> =
        record.ledger.iter().map(|ledger| ledger.generation).chain([record.generation]).collect();
    let mut old = Vec::new();
    for (place, (run, manifest, _)) in runs.into_iter().enumerate() {
        let kept = place < keep || Some(&run) == record.current_run.as_ref() || Some(&run) == ledger_run;
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
        remove_run(engine, RunKeys(name, run)).await?;
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
/// them would be taken for the newest, and kept.
async fn remove_run(engine: &Engine, run: RunKeys<'_>) -> Result<(), Failure> {
    let prefix = run.prefix();
    let mut keys = engine.objects.list(&prefix).await?;
    let tells_what_it_was = |key: &String| {
        key.strip_prefix(&prefix).is_some_and(|rest| {
            !rest.contains('/') && (rest.starts_with("manifest") || rest.starts_with("outcome"))
        })
    };
    keys.sort_by_key(tells_what_it_was);
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
