//! `connection apply`.

use super::documents;
use crate::machine::{Machine, Place};
use crate::output::{Problem, Screen};
use crate::process::Ending;
use causeway_runs::Applied;
use std::path::Path;

/// Registers the connection of `file` once its source and destination can be built from it.
pub(crate) async fn register(machine: &Machine, file: &Path) -> Result<Applied, Problem> {
    documents::with(file, async |connection| {
        let registered = documents::registered(machine, file, connection).await?;
        let stored = machine.stored_secrets().await?;
        let applied = causeway_runs::apply(&machine.engine, connection, registered, &stored).await?;
        machine.follow_schedule(&applied.connection).await?;
        Ok(applied)
    })
    .await
}

pub(super) async fn apply(machine: &Machine, screen: &Screen, file: &Path) -> Result<Ending, Problem> {
    let applied = register(machine, file).await?;
    let Applied { connection, source, destination, .. } = &applied;
    screen.show(&applied, || {
        let done = if applied.created { "created" } else { "updated" };
        format!("Connection {connection} {done}: {source} into {destination}.")
    })?;
    for overlap in &applied.overlaps {
        screen.note(&format!("Note: {overlap}"));
    }
    let causeway = machine.causeway();
    screen.note("Next:");
    for name in &applied.missing_secrets {
        screen.note(&format!("  {causeway} secret set {name}"));
    }
    screen.note(&format!("  {causeway} connection test {connection}"));
    screen.note(&format!("  {causeway} run {connection}"));
    if let Some((_, shown)) = super::schedule::next(machine, connection).await? {
        screen.note(&match &machine.place {
            Place::Home(_) => format!("  causeway serve    (next start {shown})"),
            Place::Stack(_) => format!("Its schedule starts it next on {shown}."),
        });
    }
    Ok(Ending::Done)
}
