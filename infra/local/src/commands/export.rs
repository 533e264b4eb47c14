//! `export findings | assets`: the ledger in force as CSV.
//!
//! Names come from devices on the network, and a spreadsheet must not execute the name of a device:
//! every cell is quoted, and a cell that looks like a formula gets a `'` in front.

use crate::arguments::{ExportArgs, What};
use crate::output::progress::Scanning;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{ConnectionName, RunId, Stream};
use causeway_views::numbers::counted;
use causeway_views::{InventoryRecord, LedgerQuery, words};
use serde::Serialize;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

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
    "status",
    "fixed_on",
    "closed_by",
    "missing_runs",
];

pub(crate) async fn answer(place: &Place, screen: &Screen, arguments: ExportArgs) -> Result<Ending, Problem> {
    let ExportArgs { what, connection, to } = arguments;
    let name = ConnectionName::parse(&connection)?;
    let (stream, columns) = match what {
        What::Findings => (Stream::Findings, FINDINGS),
        What::Assets => (Stream::Assets, ASSETS),
    };
    let Some(mut search) = causeway_views::search(&place.engine, &name, LedgerQuery::all(stream)).await?
    else {
        return Err(Problem::input(
            format!("connection {name}"),
            "has no ledger yet: no run of it has been committed",
            format!("`causeway run {name}` starts one."),
        ));
    };
    let failed = |error: &std::io::Error| Problem::file(&to, "write it", error);
    let file = NamedTempFile::new_in(folder(&to)).map_err(|error| failed(&error))?;
    let mut table = csv::WriterBuilder::new();
    let mut table = table.quote_style(csv::QuoteStyle::Always).from_writer(BufWriter::new(file));
    let broken = |error: csv::Error| failed(&error.into());
    table.write_record(columns).map_err(broken)?;
    let scanning = Scanning::new(screen, search.records, "records");
    let mut rows = 0;
    while let Some(found) = search.next(true).await? {
        scanning.at(search.looked_at);
        let known = InventoryRecord::of(&found, &search.run)?;
        table.write_record(columns.iter().map(|column| harmless(cell(&known, column)))).map_err(broken)?;
        rows += 1;
    }
    scanning.close();
    let written = table.into_inner().map_err(|error| failed(error.error()))?;
    let mut file = written.into_inner().map_err(|error| failed(error.error()))?;
    file.flush().map_err(|error| failed(&error))?;
    file.persist(&to).map_err(|refused| failed(&refused.error))?;
    let (one, many) = if stream == Stream::Findings { ("finding", "findings") } else { ("asset", "assets") };
    let exported = Exported { connection: &name, run: &search.run, records: rows, file: &to };
    screen.show(&exported, || {
        format!("{} of connection {name} written to {}", counted(rows, one, many), to.display())
    })?;
    Ok(Ending::Done)
}

/// The written file, as data.
#[derive(Serialize)]
struct Exported<'a> {
    connection: &'a ConnectionName,
    run: &'a RunId,
    records: u64,
    file: &'a Path,
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cell(known: &InventoryRecord, column: &str) -> String {
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

/// Escapes a cell that a spreadsheet would read as a formula. A spreadsheet with a different separator splits
/// the cell even if it is quoted, so each part is checked.
fn harmless(text: String) -> String {
    let parts: Vec<&str> = text.split_inclusive(SEPARATORS).collect();
    if !text.starts_with(SEPARATORS) && !parts.iter().any(|part| is_formula(part)) {
        return text;
    }
    let start = if text.starts_with(SEPARATORS) { "'" } else { "" };
    let quoted = parts.into_iter().flat_map(|part| [if is_formula(part) { "'" } else { "" }, part]);
    std::iter::once(start).chain(quoted).collect()
}

/// Separators of cells or rows in some locale or program, other than the comma.
const SEPARATORS: &[char] = &[';', '|', '\t', '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Half-width, full-width and small forms: spreadsheets fold them.
const FORMULA: &[char] =
    &['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '\u{2212}', '\u{207a}', '\u{207b}'];

fn is_formula(part: &str) -> bool {
    part.trim_start_matches(is_unseen).starts_with(FORMULA)
}

/// White space, controls, characters without a width, and quotes, which another separator strips.
fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '"' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
        || matches!(character, '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}')
        || matches!(character, '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula() {
        let cells = [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            ("  =1", "'  =1"),
            ("\u{a0}\u{3000}=1", "'\u{a0}\u{3000}=1"),
            ("\u{200b}\u{feff}=1", "'\u{200b}\u{feff}=1"),
            ("\u{202e}\0=1", "'\u{202e}\0=1"),
            ("＝1", "'＝1"),
            ("＠SUM", "'＠SUM"),
            ("\u{2212}1", "'\u{2212}1"),
            ("\"=1\"", "'\"=1\""),
            ("PLC;=1", "PLC;'=1"),
            ("PLC; \u{200b}+1;-2", "PLC;' \u{200b}+1;'-2"),
            ("PLC\";\"=1", "PLC\";'\"=1"),
            ("PLC|@x", "PLC|'@x"),
            ("one\n=two", "one\n'=two"),
        ];
        for (cell, expected) in cells {
            assert_eq!(harmless(cell.to_owned()), expected);
        }
    }

    #[test]
    fn other_cells_stay_as_they_are() {
        for cell in
            ["", "PLC-7", "a=b", "a, -b", "10.0.0.1 10.0.0.2", "a;b", "Ｐ＝Ｑ", "\u{200b}", "x\ty", "'=1"]
        {
            assert_eq!(harmless(cell.to_owned()), cell);
        }
    }
}
