//! `connection apply`.

use super::documents;
use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::Screen;
use crate::problem::Problem;
use causeway_domain::ConnectionName;
use causeway_domain::definition::{Mistake, Registered};
use jiff::Timestamp;
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
    /// The first scheduled start to come; `None` without one.
    pub(crate) next_start: Option<Timestamp>,
}

/// Registers the connection of `file` once its source and destination can be built from it.
pub(crate) async fn register(machine: &Machine, file: &Path) -> Result<Applied, Problem> {
    let registered = documents::read(machine, file).await?;
    judge_end(machine, file, &registered)?;
    machine.engine.connectors.source(&registered)?;
    machine.engine.connectors.destination(&registered)?;
    let created = causeway_runs::register(&machine.engine, &registered).await?;
    let missing_secrets = machine.missing_secrets(&registered).await?;
    let next_start = super::schedule::next(machine, &registered.definition.name).await?.map(|(next, _)| next);
    let definition = registered.definition;
    Ok(Applied {
        source: definition.source.connector(),
        destination: definition.destination.name(),
        connection: definition.name,
        created,
        missing_secrets,
        next_start,
    })
}

/// A schedule without a start begins now, so only now shows whether its end is too far away.
fn judge_end(machine: &Machine, file: &Path, registered: &Registered) -> Result<(), Problem> {
    let schedule = registered.definition.schedule.as_ref();
    let Some((problem, help)) = schedule.and_then(|s| s.wrong_end(machine.engine.clock.now())) else {
        return Ok(());
    };
    let text = std::fs::read_to_string(file).map_err(|error| Problem::file(file, "read it", &error))?;
    Err(Problem::mistake(file, Mistake::at(&text, "schedule.end", problem, help)))
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
    if let Some((_, shown)) = super::schedule::next(machine, connection).await? {
        screen.note(&format!("  causeway serve    (next start {shown})"));
    }
    Ok(Ending::Done)
}
