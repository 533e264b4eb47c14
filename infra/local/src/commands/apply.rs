//! `connection apply`.

use super::documents;
use crate::output::{Problem, Screen};
use crate::place::{Kind, Place};
use crate::process::Ending;
use causeway_runs::Applied;
use causeway_views::next_start;
use causeway_views::numbers::zoned;
use std::path::Path;

/// Registers the connection of `file` once its source and destination can be built from it.
pub(crate) async fn register(place: &Place, file: &Path) -> Result<Applied, Problem> {
    documents::with(file, async |connection| {
        let registered = documents::registered(place, file, connection).await?;
        let stored = place.stored_secrets().await?;
        let applied = causeway_runs::apply(&place.engine, connection, registered, &stored).await?;
        place.follow_schedule(&applied.connection).await?;
        Ok(applied)
    })
    .await
}

pub(crate) async fn apply(place: &Place, screen: &Screen, file: &Path) -> Result<Ending, Problem> {
    let applied = register(place, file).await?;
    let Applied { connection, source, destination, .. } = &applied;
    screen.show(&applied, || {
        let done = if applied.created { "created" } else { "updated" };
        format!("Connection {connection} {done}: {source} into {destination}.")
    })?;
    for overlap in &applied.overlaps {
        screen.note(&format!("Note: {overlap}"));
    }
    let causeway = place.causeway();
    screen.note("Next:");
    for name in &applied.missing_secrets {
        screen.note(&format!("  {causeway} secret set {name}"));
    }
    screen.note(&format!("  {causeway} connection test {connection}"));
    screen.note(&format!("  {causeway} run {connection}"));
    let registered = causeway_runs::load(&place.engine, connection).await?;
    if let Some(next) = next_start(&place.engine, &registered).await? {
        let shown = zoned(&next);
        screen.note(&match &place.kind {
            Kind::Home(_) => format!("  causeway serve    (next start {shown})"),
            Kind::Stack(_) => format!("Its schedule starts it next on {shown}."),
        });
    }
    Ok(Ending::Done)
}
