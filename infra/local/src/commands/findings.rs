//! `findings` and `assets`: the ledger in force, asked.

use crate::arguments::{FindingsArgs, KnownArgs, Status};
use crate::output::known::{Column, Known};
use crate::output::numbers::{count, counted};
use crate::output::progress::Scanning;
use crate::output::{Problem, Screen, words};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::plan::Rule;
use causeway_domain::{ConnectionName, FindingStatus, RunId, Stream};
use causeway_views::Wanted;
use serde::Serialize;
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
    let wanted = Wanted { cve, status, ..wanted(&common, Stream::Findings) };
    answer(place, screen, &common, wanted).await
}

pub(crate) async fn assets(place: &Place, screen: &Screen, common: KnownArgs) -> Result<Ending, Problem> {
    let wanted = wanted(&common, Stream::Assets);
    answer(place, screen, &common, wanted).await
}

/// The records that both commands ask for by the same arguments.
fn wanted(arguments: &KnownArgs, stream: Stream) -> Wanted {
    Wanted {
        id: arguments.id.clone(),
        host: arguments.host.clone(),
        site: arguments.site.clone(),
        unseen: arguments.unseen,
        rule: arguments.why.flatten(),
        ..Wanted::all(stream)
    }
}

/// What is known of one connection.
#[derive(Debug, Serialize)]
struct Answer {
    connection: ConnectionName,
    /// The run that wrote the ledger; `None` before the first one.
    run: Option<RunId>,
    /// Records that fit, of which `known` may be the first ones.
    matching: u64,
    known: Vec<Known>,
}

async fn answer(
    place: &Place,
    screen: &Screen,
    arguments: &KnownArgs,
    wanted: Wanted,
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
        answers.push(ask(place, screen, name, arguments, wanted.clone()).await?);
    }
    screen.show(&answers, || text(screen, &answers, wanted.stream, arguments))?;
    Ok(Ending::Done)
}

async fn ask(
    place: &Place,
    screen: &Screen,
    connection: ConnectionName,
    arguments: &KnownArgs,
    wanted: Wanted,
) -> Result<Answer, Problem> {
    let mut answer = Answer { connection, run: None, matching: 0, known: Vec::new() };
    let search = causeway_views::search(&place.engine, &answer.connection, wanted).await?;
    let Some(mut search) = search else { return Ok(answer) };
    let scanning = Scanning::new(screen, search.records, "records");
    while let Some(found) = search.next(arguments.why.is_some()).await? {
        scanning.at(search.looked_at);
        answer.matching += 1;
        if arguments.limit == 0 || answer.known.len() < arguments.limit {
            answer.known.push(Known::of(&found, &search.run)?);
        }
    }
    scanning.close();
    answer.run = Some(search.run);
    Ok(answer)
}

fn text(screen: &Screen, answers: &[Answer], stream: Stream, arguments: &KnownArgs) -> String {
    if answers.is_empty() {
        return "No connections. Create one with `causeway connection apply FILE`.".to_owned();
    }
    let columns = Column::of(stream, arguments.why.is_some());
    let mut text = String::new();
    for answer in answers {
        let Answer { connection, run, matching, known } = answer;
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
            grid.toned_row(columns.iter().map(|column| row.cell(*column)));
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

/// The rules that are shown, to be told in words.
fn reasons(known: &[Known]) -> BTreeSet<Rule> {
    known.iter().filter_map(|known| known.why.as_ref()?.rule).collect()
}
