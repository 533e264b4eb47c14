//! `export findings | assets`: the ledger in force as CSV.
//!
//! A cell that a spreadsheet would take for a formula gets a `'` in front: names come from devices on the network, and
//! a file that is opened in a spreadsheet must not run what a device is called.

use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::known::Known;
use crate::present::numbers::counted;
use crate::present::progress::Scanning;
use crate::present::{Screen, words};
use crate::problem::Problem;
use causeway_domain::{ConnectionName, Stream};
use causeway_runs::Wanted;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What to export.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Which records
    what: What,
    /// The connection
    connection: String,
    /// The CSV file; replaced as a whole once everything is written
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Records of the ledger.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// One line per finding
    Findings,
    /// One line per asset
    Assets,
}

/// The columns in their order; `docs/QUERIES.md` says what they hold.
const FINDINGS: &[&str] = &[
    "asset",
    "host",
    "addresses",
    "site",
    "category",
    "retired",
    "finding",
    "cve",
    "name",
    "severity",
    "risk_score",
    "status",
    "fixed_on",
    "closed_by",
    "first_seen_run",
    "last_seen_run",
    "seen_in_last_run",
    "missing_runs",
    "verdict",
    "rule",
];
const ASSETS: &[&str] = &[
    "asset",
    "host",
    "addresses",
    "site",
    "category",
    "retired",
    "first_seen_run",
    "last_seen_run",
    "seen_in_last_run",
    "verdict",
    "rule",
];

pub(super) async fn answer(
    machine: &Machine,
    screen: &Screen,
    arguments: ExportArgs,
) -> Result<Ending, Problem> {
    let ExportArgs { what, connection, to } = arguments;
    let name = ConnectionName::parse(&connection)?;
    let (stream, columns) = match what {
        What::Findings => (Stream::Findings, FINDINGS),
        What::Assets => (Stream::Assets, ASSETS),
    };
    let Some(mut search) = causeway_runs::search(&machine.engine, &name, Wanted::all(stream)).await? else {
        return Err(Problem::input(
            format!("connection {name}"),
            "has no ledger yet: no run of it has been committed",
            format!("`causeway run {name}` starts one."),
        ));
    };
    let failed = |error: &std::io::Error| Problem::file(&to, "write it", error);
    let file = NamedTempFile::new_in(folder(&to)).map_err(|error| failed(&error))?;
    let mut table = csv::Writer::from_writer(BufWriter::new(file));
    let broken = |error: csv::Error| failed(&error.into());
    table.write_record(columns).map_err(broken)?;
    let scanning = Scanning::new(screen, search.records, "records");
    let mut rows = 0;
    while let Some(found) = search.next(true).await? {
        scanning.at(search.looked_at);
        let known = Known::of(&found, &search.run)?;
        table.write_record(columns.iter().map(|column| harmless(cell(&known, column)))).map_err(broken)?;
        rows += 1;
    }
    scanning.close();
    let written = table.into_inner().map_err(|error| failed(error.error()))?;
    let mut file = written.into_inner().map_err(|error| failed(error.error()))?;
    file.flush().map_err(|error| failed(&error))?;
    file.persist(&to).map_err(|refused| failed(&refused.error))?;
    let (one, many) = if stream == Stream::Findings { ("finding", "findings") } else { ("asset", "assets") };
    let data = json!({ "connection": name, "run": search.run, "records": rows, "file": to });
    screen.show(&data, || {
        format!("{} of connection {name} written to {}", counted(rows, one, many), to.display())
    })?;
    Ok(Ending::Done)
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cell(known: &Known, column: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let why = known.why.as_ref();
    match column {
        "asset" => known.asset.clone(),
        "finding" => known.finding.clone(),
        "host" => text(&known.described.host),
        "addresses" => known.described.addresses.join(" "),
        "site" => text(&known.site),
        "category" => text(&known.category),
        "retired" => known.retired.map(|retired| retired.to_string()).unwrap_or_default(),
        "cve" => text(&known.described.cve),
        "name" => text(&known.described.name),
        "severity" => text(&known.described.severity),
        "risk_score" => text(&known.described.risk_score),
        "status" => words::name(known.status),
        "fixed_on" => text(&known.fixed_on),
        "closed_by" => words::name(known.closed_by),
        "first_seen_run" => known.first_seen.to_string(),
        "last_seen_run" => known.last_seen.to_string(),
        "seen_in_last_run" => known.seen_last.to_string(),
        "missing_runs" => known.missing.to_string(),
        "verdict" => words::name(why.and_then(|why| why.verdict)),
        "rule" => words::name(why.and_then(|why| why.rule)),
        _ => String::new(),
    }
}

/// The text of a cell that no spreadsheet takes for a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula() {
        let cells = ["=1+1", "+49 30", "-x", "@SUM(A1)", "\t=1", "PLC-7", "", "a=b"];
        let expected = ["'=1+1", "'+49 30", "'-x", "'@SUM(A1)", "'\t=1", "PLC-7", "", "a=b"];
        assert_eq!(cells.map(|cell| harmless(cell.to_owned())), expected);
    }
}
