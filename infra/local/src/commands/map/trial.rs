//! `map try`.

use super::page::{Trial, records, settings};
use super::studio::Studio;
use crate::arguments::TryArgs;
use crate::output::{Problem, Screen, preview};
use causeway_views::numbers::{count, counted};

use crate::process::Ending;
use causeway_ports::source::Explained;
use serde_json::{Value, json};

/// Rows shown in full when none is asked for.
const SHOWN: usize = 3;

/// Rejects listed.
const LISTED: usize = 10;

pub(super) async fn run(studio: &Studio, screen: &Screen, arguments: &TryArgs) -> Result<Ending, Problem> {
    let settings = settings(studio, arguments.connection.as_deref()).await?;
    let trial = Trial::of(&studio.find(&arguments.map).await?, &settings)?;
    let all = trial.apply(&arguments.page)?;
    let wanted = arguments.record.as_deref();
    let rows: Vec<&Explained> = all.iter().filter(|row| wanted.is_none_or(|key| is_of(row, key))).collect();
    if let Some(key) = wanted.filter(|_| rows.is_empty()) {
        let first = all.first().map(|row| row.key.to_string()).unwrap_or_default();
        let detail = format!("no row of {} has the key {key:?}", arguments.page.display());
        return Err(Problem::input("record", detail, format!("The key of the first row is {first:?}.")));
    }
    let data = json!({
        "map": trial.label,
        "stream": trial.stream,
        "rows": all.len(),
        "records": all.iter().map(|row| row.records.len()).sum::<usize>(),
        "rejected": all.iter().filter(|row| row.reject.is_some()).count(),
        "results": rows.iter().map(|row| result(row)).collect::<Vec<_>>(),
    });
    screen.show(&data, || text(screen, &trial, &all, &rows, wanted.is_some()))?;
    Ok(Ending::Done)
}

fn is_of(row: &Explained, key: &str) -> bool {
    row.key.as_str() == key
        || records(row).iter().any(|(known, _)| known == key)
        || row.records.iter().any(|record| record.asset == key || record.finding == key)
}

fn result(row: &Explained) -> Value {
    let records = records(row).into_iter().map(|(key, body)| json!({ "key": key, "record": body }));
    json!({
        "key": row.key,
        "source": serde_json::from_str::<Value>(&row.row).unwrap_or_default(),
        "records": records.collect::<Vec<_>>(),
        "reject": row.reject,
    })
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
