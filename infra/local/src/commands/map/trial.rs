//! `map try`.

use super::page::{Trial, records, settings};
use super::studio::Studio;
use crate::arguments::TryArgs;
use crate::output::{Problem, Screen, preview};
use crate::process::Ending;
use causeway_domain::Stream;
use causeway_domain::page::Reject;
use causeway_ports::source::Explained;
use causeway_views::numbers::{count, counted};
use serde::Serialize;
use serde_json::Value;

/// Rows shown in full without `--record`.
const SHOWN: usize = 3;

/// Rejects listed.
const LISTED: usize = 10;

pub(super) async fn run(studio: &Studio, screen: &Screen, arguments: &TryArgs) -> Result<Ending, Problem> {
    let settings = settings(studio, arguments.connection.as_deref()).await?;
    let trial = Trial::of(&studio.find(&arguments.map).await?, settings.as_ref())?;
    let all = trial.apply(&arguments.page)?;
    let wanted = arguments.record.as_deref();
    let rows: Vec<&Explained> = all.iter().filter(|row| wanted.is_none_or(|key| is_of(row, key))).collect();
    if let Some(key) = wanted.filter(|_| rows.is_empty()) {
        let first = all.first().map(|row| row.key.to_string()).unwrap_or_default();
        let detail = format!("no row of {} has the key {key:?}", arguments.page.display());
        return Err(Problem::input("record", detail, format!("The key of the first row is {first:?}.")));
    }
    let tried = Tried {
        map: &trial.label,
        stream: trial.stream,
        rows: all.len(),
        records: all.iter().map(|row| row.records.len()).sum(),
        rejected: all.iter().filter(|row| row.reject.is_some()).count(),
        results: rows.iter().map(|row| TriedRow::of(row)).collect(),
    };
    screen.show(&tried, || text(screen, &trial, &all, &rows, wanted.is_some()))?;
    Ok(Ending::Done)
}

fn is_of(row: &Explained, key: &str) -> bool {
    row.key.as_str() == key
        || records(row).iter().any(|(known, _)| known == key)
        || row.records.iter().any(|record| record.asset == key || record.finding == key)
}

/// The result of a map on a page.
#[derive(Serialize)]
struct Tried<'a> {
    map: &'a str,
    stream: Stream,
    rows: usize,
    records: usize,
    rejected: usize,
    results: Vec<TriedRow<'a>>,
}

/// The result of a map on one row.
#[derive(Serialize)]
struct TriedRow<'a> {
    key: &'a str,
    source: Value,
    records: Vec<TriedRecord>,
    reject: Option<&'a Reject>,
}

#[derive(Serialize)]
struct TriedRecord {
    key: String,
    record: Value,
}

impl<'a> TriedRow<'a> {
    fn of(row: &'a Explained) -> Self {
        let records = records(row).into_iter().map(|(key, record)| TriedRecord { key, record });
        Self {
            key: row.key.as_str(),
            source: serde_json::from_str(&row.row).unwrap_or_default(),
            records: records.collect(),
            reject: row.reject.as_ref(),
        }
    }
}

fn text(screen: &Screen, trial: &Trial, all: &[Explained], rows: &[&Explained], asked: bool) -> String {
    let made: usize = all.iter().map(|row| row.records.len()).sum();
    let rejects: Vec<&Explained> = all.iter().filter(|row| row.reject.is_some()).collect();
    let mut text = format!(
        "Map {}: {} became {}, {} rejected.\n\n",
        trial.label,
        counted(all.len() as u64, "row", "rows"),
        counted(made as u64, "record", "records"),
        count(rejects.len() as u64)
    );
    if !rejects.is_empty() && !asked {
        let mut grid = screen.grid(&["row", "rejected because"]);
        for reject in rejects.iter().filter_map(|row| row.reject.as_ref()).take(LISTED) {
            grid.row([reject.row.to_string(), reject.reason.clone()]);
        }
        text.push_str(&format!("{}\n", grid.right([0])));
        if rejects.len() > LISTED {
            text.push_str(&format!("  and {} more, see `--json`\n", rejects.len() - LISTED));
        }
        text.push('\n');
    }
    let limit = if asked { usize::MAX } else { SHOWN };
    let mapped = rows.iter().filter(|row| asked || row.reject.is_none());
    mapped.take(limit).for_each(|row| text.push_str(&preview::beside(screen, trial.stream, row)));
    let more = all.len().saturating_sub(rejects.len() + SHOWN);
    if !asked && more > 0 {
        text.push_str(&format!("{more} more: `--record KEY` shows one, `--json` all.\n"));
    }
    text
}
