//! Reconcile: a ledger against a run with one percent of change, beside DuckDB's join of the same files.

use crate::Trouble;
use crate::child::{Spent, measure};
use crate::peers::Places;
use crate::plant::{Plant, Ran};
use serde::Serialize;
use std::path::Path;

/// Share of the findings that change between the two runs, in percent.
const CHANGE: f64 = 1.0;

/// Two runs of one connection, and the join.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Rows of the vendor's table.
    pub findings: u32,
    /// The first run, which fills the ledger.
    pub first: Ran,
    /// The second, with one percent of change.
    pub second: Ran,
    /// DuckDB's join of the second run's pages with the first one's ledger, where it was asked for.
    pub join: Option<Spent>,
}

/// Runs twice; with `join` DuckDB then joins the files.
///
/// # Errors
/// When a run or the join does not end well.
pub async fn measure_runs(places: Places<'_>, findings: u32, join: bool) -> Result<Figures, Trouble> {
    let plant = Plant::new(places.causeway, findings)?;
    let first = plant.run().await?;
    plant.advance(CHANGE).await?;
    let second = plant.run().await?;
    let join = join.then(|| duckdb(places, &plant, &second.folder)).transpose()?;
    Ok(Figures { findings, first, second, join })
}

/// The memory that DuckDB may use is what reconciling must do with.
fn duckdb(places: Places<'_>, plant: &Plant, run: &Path) -> Result<Spent, Trouble> {
    let first = std::fs::read_dir(plant.ledgers())?.collect::<Result<Vec<_>, _>>()?;
    let ledger = first.iter().map(std::fs::DirEntry::path).min().ok_or("no ledger")?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let command = [
        text(&places.tools.join("duckdb/bin/python")),
        text(&places.programs.join("anti_join.py")),
        format!("{}/*.ndjson.zst", text(&ledger)),
        format!("{}/pages/*/main/*.ndjson.zst", text(run)),
        "8GB".to_owned(),
    ];
    measure(plant.folder(), &[], &command)
}
