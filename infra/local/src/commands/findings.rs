//! `findings` and `assets`: the ledger in force, asked.

use crate::machine::Machine;
use crate::output::known::{Column, Known};
use crate::output::numbers::{count, counted};
use crate::output::progress::Scanning;
use crate::output::{Problem, Screen, words};
use crate::process::Ending;
use causeway_domain::plan::Rule;
use causeway_domain::{ConnectionName, FindingStatus, RunId, Stream};
use causeway_runs::Wanted;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What `findings` is asked.
#[derive(Debug, Args)]
pub(crate) struct FindingsArgs {
    /// Only this CVE
    #[arg(long, value_name = "CVE")]
    cve: Option<String>,
    /// Only findings with this status
    #[arg(long, value_name = "STATUS")]
    status: Option<Status>,
    #[command(flatten)]
    common: KnownArgs,
}

/// What both are asked.
#[derive(Debug, Args)]
pub(crate) struct KnownArgs {
    /// The connection; all connections without it
    #[arg(value_name = "CONNECTION")]
    connection: Option<String>,
    /// Only this finding id, vendor's id without the CVE, or asset id
    #[arg(long)]
    id: Option<String>,
    /// Only of this host: a part of its name, an address, or an asset id
    #[arg(long)]
    host: Option<String>,
    /// Only of this site
    #[arg(long)]
    site: Option<String>,
    /// Only what the last run did not see
    #[arg(long)]
    unseen: bool,
    /// Show why each is as it is; with a rule, only what that rule decided in the last run
    #[arg(long, value_name = "RULE", num_args = 0..=1, require_equals = true, value_parser = rule)]
    why: Option<Option<Rule>>,
    /// Show at most this many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Statuses as people type them.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Status {
    /// Seen, or kept though it is missing.
    Open,
    /// Closed: mended.
    Fixed,
    /// Closed: does not apply.
    Irrelevant,
}

fn rule(text: &str) -> Result<Rule, String> {
    let names = || words::RULES.iter().map(|rule| words::name(*rule));
    let known = words::RULES.iter().find(|rule| words::name(**rule) == text);
    known.copied().ok_or_else(|| format!("allowed: {}", names().collect::<Vec<_>>().join(", ")))
}

pub(super) async fn findings(
    machine: &Machine,
    screen: &Screen,
    arguments: FindingsArgs,
) -> Result<Ending, Problem> {
    let FindingsArgs { cve, status, common } = arguments;
    let status = status.map(|status| match status {
        Status::Open => FindingStatus::Open,
        Status::Fixed => FindingStatus::Fixed,
        Status::Irrelevant => FindingStatus::Irrelevant,
    });
    let wanted = Wanted { cve, status, ..common.wanted(Stream::Findings) };
    answer(machine, screen, &common, wanted).await
}

pub(super) async fn assets(machine: &Machine, screen: &Screen, common: KnownArgs) -> Result<Ending, Problem> {
    let wanted = common.wanted(Stream::Assets);
    answer(machine, screen, &common, wanted).await
}

impl KnownArgs {
    fn wanted(&self, stream: Stream) -> Wanted {
        Wanted {
            id: self.id.clone(),
            host: self.host.clone(),
            site: self.site.clone(),
            unseen: self.unseen,
            rule: self.why.flatten(),
            ..Wanted::all(stream)
        }
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
    machine: &Machine,
    screen: &Screen,
    arguments: &KnownArgs,
    wanted: Wanted,
) -> Result<Ending, Problem> {
    let names = match &arguments.connection {
        Some(name) => vec![ConnectionName::parse(name)?],
        None => {
            let connections = causeway_runs::list(&machine.engine).await?;
            connections.into_iter().map(|connection| connection.registered.definition.name).collect()
        }
    };
    let mut answers = Vec::new();
    for name in names {
        answers.push(ask(machine, screen, name, arguments, wanted.clone()).await?);
    }
    screen.show(&answers, || text(screen, &answers, wanted.stream, arguments))?;
    Ok(Ending::Done)
}

async fn ask(
    machine: &Machine,
    screen: &Screen,
    connection: ConnectionName,
    arguments: &KnownArgs,
    wanted: Wanted,
) -> Result<Answer, Problem> {
    let mut answer = Answer { connection, run: None, matching: 0, known: Vec::new() };
    let search = causeway_runs::search(&machine.engine, &answer.connection, wanted).await?;
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
