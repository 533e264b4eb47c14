//! `connection list | show | delete`; `apply` and `test` have modules of their own.

use super::{apply, describe, schedule, test};
use crate::arguments::ConnectionCommand;
use crate::output::numbers::{bytes, time};
use crate::output::{Problem, Screen, Tone};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{ConnectionName, ConnectionState};
use causeway_runs::Connection;
use causeway_views::{ConnectionDetails, ConnectionSummary};
use serde_json::json;
use std::fmt::Write;

pub(crate) async fn answer(
    command: ConnectionCommand,
    place: &Place,
    screen: &Screen,
) -> Result<Ending, Problem> {
    match command {
        ConnectionCommand::Apply { file } => apply::apply(place, screen, &file).await,
        ConnectionCommand::Schema => describe::schema(),
        ConnectionCommand::List => list(place, screen).await,
        ConnectionCommand::Show { name } => show(place, screen, &name).await,
        ConnectionCommand::Delete { name } => delete(place, screen, &name).await,
        ConnectionCommand::Test { name } => test::test(place, screen, &name).await,
    }
}

fn tone(state: ConnectionState) -> Tone {
    match state {
        ConnectionState::Processed => Tone::Good,
        ConnectionState::Errored => Tone::Bad,
        ConnectionState::Processing => Tone::Warn,
        ConnectionState::Registered | ConnectionState::Scheduled => Tone::Plain,
    }
}

async fn list(place: &Place, screen: &Screen) -> Result<Ending, Problem> {
    let connections = causeway_runs::list(&place.engine).await?;
    let mut nexts = Vec::new();
    for connection in &connections {
        // A schedule that cannot be read is told by `show`; the others are listed all the same.
        nexts.push(schedule::next_of(place, connection).await.ok().flatten());
    }
    let data: Vec<_> = connections
        .iter()
        .zip(&nexts)
        .map(|(connection, next)| ConnectionSummary::of(connection, next.as_ref().map(|(at, _)| *at)))
        .collect();
    screen.show(&data, || {
        if connections.is_empty() {
            return format!("No connections. Create one with `{} connection apply FILE`.", place.causeway());
        }
        let mut grid = screen.grid(&[
            "connection",
            "state",
            "since",
            "next start",
            "source",
            "destination",
            "runs",
            "newest run",
        ]);
        for (Connection { registered, record, .. }, next) in connections.iter().zip(&nexts) {
            let definition = &registered.definition;
            let run = record.current_run.as_ref().map_or("none".to_owned(), ToString::to_string);
            let plain = |text: String| (text, Tone::Plain);
            grid.toned_row([
                plain(definition.name.to_string()),
                (record.state.to_string(), tone(record.state)),
                plain(time(record.changed_at)),
                plain(next.as_ref().map(|(_, shown)| shown.clone()).unwrap_or_default()),
                plain(definition.source.connector().to_owned()),
                plain(definition.destination.name().to_owned()),
                plain(record.generation.to_string()),
                plain(run),
            ]);
        }
        grid.right([6]).to_string()
    })?;
    Ok(Ending::Done)
}

async fn show(place: &Place, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let connection = causeway_runs::load(&place.engine, &ConnectionName::parse(name)?).await?;
    let Connection { registered, record, .. } = &connection;
    let definition = &registered.definition;
    let missing = place.missing_secrets(registered).await?;
    let next = schedule::next_of(place, &connection).await?;
    let data = ConnectionDetails::of(&connection, missing, next.as_ref().map(|(at, _)| *at));
    let settings = toml::to_string(definition)
        .map_err(|error| Problem::input(format!("connection {name}"), error.to_string(), "Use `--json`."))?;
    screen.show(&data, || {
        let mut text =
            format!("Connection {name}\nState:       {} since {}", record.state, time(record.changed_at));
        if let Some((_, next)) = &next {
            let _ = write!(text, "\nNext start:  {next}");
        }
        let _ = write!(text, "\nRuns:        {}", record.generation);
        if let Some(run) = &record.current_run {
            let _ = write!(text, ", newest {run}");
        }
        let ledger = record.ledger.as_ref().map(|ledger| format!("of run {}", ledger.run));
        let _ = write!(text, "\nLedger:      {}", ledger.unwrap_or_else(|| "none yet".to_owned()));
        for (document, content) in &registered.documents {
            let _ = write!(text, "\nDocument:    {document}, {}", bytes(content.len() as u64));
        }
        for secret in &data.missing_secrets {
            let _ =
                write!(text, "\nMissing:     secret {secret}; `{} secret set {secret}`", place.causeway());
        }
        let _ = write!(text, "\n\nSettings, defaults included:\n\n{settings}");
        text
    })?;
    Ok(Ending::Done)
}

async fn delete(place: &Place, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let name = ConnectionName::parse(name)?;
    causeway_runs::remove(&place.engine, &name).await?;
    place.follow_schedule(&name).await?;
    screen.show(&json!({ "connection": name, "deleted": true }), || {
        format!("Connection {name} deleted with its ledgers and runs. Its secrets are kept.")
    })?;
    Ok(Ending::Done)
}
