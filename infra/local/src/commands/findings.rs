//! `findings` and `assets`: queries of the ledger in force.

use crate::arguments::{FindingsArgs, KnownArgs, Status};
use crate::output::inventory::{Column, cell};
use crate::output::progress::Scanning;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::plan::Rule;
use causeway_domain::{ConnectionName, FindingStatus, Stream};
use causeway_views::numbers::{count, counted};
use causeway_views::{Inventory, InventoryRecord, LedgerQuery, inventory, words};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) async fn findings(
    place: &Place,
    screen: &Screen,
    arguments: FindingsArgs,
) -> Result<Ending, Problem> {
    let FindingsArgs { cve, status, common } = arguments;
    let status = status.map(|status| match status {
        Status::Open => FindingStatus::Open,
        Status::Fixed => FindingStatus::Fixed,
        Status::Irrelevant => FindingStatus::Irrelevant,
    });
    let query = LedgerQuery { cve, status, ..query(&common, Stream::Findings) };
    answer(place, screen, &common, query).await
}

pub(crate) async fn assets(place: &Place, screen: &Screen, common: KnownArgs) -> Result<Ending, Problem> {
    let query = query(&common, Stream::Assets);
    answer(place, screen, &common, query).await
}

/// The part of the query that both commands share.
fn query(arguments: &KnownArgs, stream: Stream) -> LedgerQuery {
    LedgerQuery {
        id: arguments.id.clone(),
        host: arguments.host.clone(),
        site: arguments.site.clone(),
        unseen: arguments.unseen,
        rule: arguments.why.flatten(),
        ..LedgerQuery::all(stream)
    }
}

async fn answer(
    place: &Place,
    screen: &Screen,
    arguments: &KnownArgs,
    query: LedgerQuery,
) -> Result<Ending, Problem> {
    let names = match &arguments.connection {
        Some(name) => vec![ConnectionName::parse(name)?],
        None => {
            let connections = causeway_runs::list(&place.engine).await?;
            connections.into_iter().map(|connection| connection.registered.definition.name).collect()
        }
    };
    let mut answers = Vec::new();
    for name in names {
        answers.push(ask(place, screen, name, arguments, query.clone()).await?);
    }
    screen.show(&answers, || text(screen, &answers, query.stream, arguments))?;
    Ok(Ending::Done)
}

async fn ask(
    place: &Place,
    screen: &Screen,
    connection: ConnectionName,
    arguments: &KnownArgs,
    query: LedgerQuery,
) -> Result<Inventory, Problem> {
    let scanning = Scanning::new(screen, 0, "records");
    let (limit, why) = (Some(arguments.limit).filter(|limit| *limit > 0), arguments.why.is_some());
    let looked = |done, all| scanning.of(done, all);
    let inventory = inventory(&place.engine, connection, query, (limit, why), &looked).await?;
    scanning.close();
    Ok(inventory)
}

fn text(screen: &Screen, answers: &[Inventory], stream: Stream, arguments: &KnownArgs) -> String {
    if answers.is_empty() {
        return "No connections. Create one with `causeway connection apply FILE`.".to_owned();
    }
    let columns = Column::of(stream, arguments.why.is_some());
    let mut text = String::new();
    for answer in answers {
        let Inventory { connection, run, matching, known } = answer;
        let Some(run) = run else {
            let _ = writeln!(
                text,
                "Connection {connection} has no ledger yet: no run of it has been committed. \
                 `causeway run {connection}` starts one.\n"
            );
            continue;
        };
        if known.is_empty() {
            let _ = writeln!(text, "Connection {connection}: nothing in the ledger of run {run} matches.\n");
            continue;
        }
        let header: Vec<&str> = columns.iter().map(|column| column.title()).collect();
        let mut grid = screen.grid(&header);
        for row in known {
            grid.toned_row(columns.iter().map(|column| cell(row, *column)));
        }
        let (one, many) = match stream {
            Stream::Assets => ("asset", "assets"),
            Stream::Findings => ("finding", "findings"),
        };
        let _ = write!(text, "{grid}\n{}", counted(*matching, one, many));
        if (known.len() as u64) < *matching {
            let _ = write!(text, ", the first {} shown (`--limit`)", count(known.len() as u64));
        }
        let _ = writeln!(text, ", in the ledger of run {run} of connection {connection}.");
        for rule in reasons(known) {
            let _ = writeln!(text, "  {}: {}", words::name(rule), words::reason(rule));
        }
        text.push('\n');
    }
    text
}

/// The rules that occur in the table.
fn reasons(known: &[InventoryRecord]) -> BTreeSet<Rule> {
    known.iter().filter_map(|known| known.why.as_ref()?.rule).collect()
}
