//! Whole runs: a first one, and a second after one percent of change.

use crate::BoxError;
use crate::plant::{Destination, Plant, Ran};
use serde::Serialize;
use std::path::Path;

/// Share of the findings that change between the two runs, in percent.
const CHANGE: f64 = 1.0;

/// Two runs of one connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Rows of the vendor's table.
    pub findings: u32,
    /// The first run, which fills the ledger.
    pub first: Ran,
    /// The second, with one percent of change.
    pub second: Ran,
}

/// Runs twice.
///
/// # Errors
/// When a run does not end well.
pub async fn measure_runs(causeway: &Path, findings: u32) -> Result<Figures, BoxError> {
    let plant = Plant::new(causeway, findings, Destination::Etm)?;
    let first = plant.run().await?;
    plant.advance(CHANGE).await?;
    let second = plant.run().await?;
    Ok(Figures { findings, first, second })
}
