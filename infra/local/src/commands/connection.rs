//! `connection list | show | delete`; `apply` and `test` have their own modules.

use super::{apply, describe, test};
use crate::arguments::ConnectionCommand;
use crate::output::{Problem, Screen, Tone};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{ConnectionName, ConnectionState};
use causeway_runs::Connection;
use causeway_views::numbers::{bytes, time, zoned};
use causeway_views::{ConnectionDeleted, ConnectionDetails, ConnectionSummary, connections, next_start};
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
    let connections = connections(&place.engine).await?;
    screen.show(&connections, || {
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
        for connection in &connections {
            let ConnectionSummary { connection: name, state, source, destination, .. } = connection;
            let run = connection.newest_run.as_ref().map_or("none".to_owned(), ToString::to_string);
            let plain = |text: String| (text, Tone::Plain);
            grid.toned_row([
                plain(name.to_string()),
                (state.to_string(), tone(*state)),
                plain(time(connection.changed_at)),
                plain(connection.next_local.as_ref().map(zoned).unwrap_or_default()),
                plain(source.clone()),
                plain(destination.clone()),
                plain(connection.runs.to_string()),
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
    let missing = place.missing_secrets(registered).await?;
    let next = next_start(&place.engine, &connection).await?;
    let data = ConnectionDetails::of(&connection, missing, next.as_ref().map(jiff::Zoned::timestamp));
    let settings = toml::to_string(&place.engine.connectors.catalog().completed(&registered.definition))
        .map_err(|error| Problem::input(format!("connection {name}"), error.to_string(), "Use `--json`."))?;
    screen.show(&data, || {
        let mut text =
            format!("Connection {name}\nState:       {} since {}", record.state, time(record.changed_at));
        if let Some(next) = &next {
            let _ = write!(text, "\nNext start:  {}", zoned(next));
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
    screen.show(&ConnectionDeleted::of(name.clone()), || {
        format!("Connection {name} deleted with its ledgers and runs. Its secrets are kept.")
    })?;
    Ok(Ending::Done)
}
