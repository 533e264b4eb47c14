//! `connection apply`.

use super::documents;
use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::Screen;
use crate::problem::Problem;
use causeway_domain::ConnectionName;
use serde::Serialize;
use std::path::Path;

/// What became of a connection file.
#[derive(Debug, Serialize)]
pub(crate) struct Applied {
    pub(crate) connection: ConnectionName,
    pub(crate) created: bool,
    pub(crate) source: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) missing_secrets: Vec<String>,
}

/// Registers the connection of `file` once its source and destination can be built from it.
pub(crate) async fn register(machine: &Machine, file: &Path) -> Result<Applied, Problem> {
    let registered = documents::read(machine, file).await?;
    machine.engine.connectors.source(&registered)?;
    machine.engine.connectors.destination(&registered)?;
    let created = causeway_runs::register(&machine.engine, &registered).await?;
    let missing_secrets = machine.missing_secrets(&registered).await?;
    let definition = registered.definition;
    Ok(Applied {
        source: definition.source.connector(),
        destination: definition.destination.name(),
        connection: definition.name,
        created,
        missing_secrets,
    })
}

pub(super) async fn apply(machine: &Machine, screen: &Screen, file: &Path) -> Result<Ending, Problem> {
    let applied = register(machine, file).await?;
    let Applied { connection, source, destination, .. } = &applied;
    screen.show(&applied, || {
        let done = if applied.created { "created" } else { "updated" };
        format!("Connection {connection} {done}: {source} into {destination}.")
    })?;
    screen.note("Next:");
    for name in &applied.missing_secrets {
        screen.note(&format!("  causeway secret set {name}"));
    }
    screen.note(&format!("  causeway connection test {connection}"));
    screen.note(&format!("  causeway run {connection}"));
    Ok(Ending::Done)
}
