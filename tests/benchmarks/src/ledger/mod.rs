//! Reconcile by itself: a ledger and the staged pages of a run with one percent of change, written by the product from
//! rows of a generator, and then nothing but the finalizer in a process of its own.

mod drive;
mod rows;
mod vendor;

pub use rows::Rows;

use crate::BoxError;
use crate::child::{Spent, measure};
use crate::peers::Places;
use causeway_domain::RunId;
use drive::Site;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What was measured with one size of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Findings in the ledger.
    pub rows: u32,
    /// Bytes of its text.
    pub bytes: u64,
    /// From the first check of the finalizer to the plan, in seconds; starting the process apart.
    pub seconds: f64,
    /// What the process used, from its start to its end.
    pub spent: Spent,
    /// DuckDB over the same files.
    pub peers: Vec<Peer>,
}

/// DuckDB with one limit of its memory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Peer {
    /// What it may hold.
    pub memory: &'static str,
    /// `join` or `all`, as `anti_join.py` calls them.
    pub work: &'static str,
    /// What it used, or the end of what it said when it gave up.
    pub spent: Result<Spent, String>,
}

/// What the process that makes the plan tells.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    seconds: f64,
}

/// The memory that DuckDB may use: what it takes by itself on a large machine, and what reconcile must do with.
const MEMORY: [&str; 2] = ["8GB", "512MB"];

/// Writes a ledger of `rows` findings and the pages of the next run, and measures what comes of them.
///
/// # Errors
/// When anything does not end well.
pub async fn measure_plan(
    places: Places<'_>,
    rows: u32,
    progress: &ProgressBar,
) -> Result<Figures, BoxError> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    let pool = rows::pool().await?;
    std::fs::create_dir(&home)?;
    let kept = folder.path().join("pool.json");
    std::fs::write(&kept, serde_json::to_vec(&pool)?)?;
    let (run, bytes) = prepare(&home, &kept, rows, progress).await?;
    progress.set_message(format!("{rows} rows: the plan"));
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let bench = text(&std::env::current_exe()?);
    let command = [bench, "plan".to_owned(), text(&home), text(&kept), rows.to_string()];
    let spent = measure(folder.path(), &[], &command)?;
    let told: Told = serde_json::from_slice(&std::fs::read(folder.path().join("out"))?)?;
    let objects = text(&home.join("objects"));
    let command = |memory: &str, work: &str| {
        [
            text(&places.tools.join("duckdb/bin/python")),
            text(&places.programs.join("anti_join.py")),
            format!("{objects}/connections/{}/ledger/000001/*.ndjson.zst", drive::NAME),
            format!("{objects}/runs/{}/{run}/pages/*/main/*.ndjson.zst", drive::NAME),
            memory.to_owned(),
            text(folder.path()),
            work.to_owned(),
        ]
    };
    let mut peers = Vec::new();
    for work in ["join", "all"] {
        for memory in MEMORY {
            progress.set_message(format!("{rows} rows: DuckDB, {work}, {memory}"));
            let spent =
                measure(folder.path(), &[], &command(memory, work)).map_err(|gave_up| gave_up.to_string());
            peers.push(Peer { memory, work, spent });
        }
    }
    Ok(Figures { rows, bytes, seconds: told.seconds, spent, peers })
}

/// Makes the first run's ledger and stages the second run's pages; returns that run and the bytes of its pages' text.
async fn prepare(
    home: &Path,
    pool: &Path,
    rows: u32,
    progress: &ProgressBar,
) -> Result<(RunId, u64), BoxError> {
    progress.set_message(format!("{rows} rows: the first run"));
    let first = Site::open(home, Rows::new(pool, rows, false)?)?;
    first.begin(1).await?;
    first.stage(progress).await?;
    first.plan().await?;
    first.put_in_force().await?;
    progress.set_message(format!("{rows} rows: the second run's pages"));
    let second = Site::open(home, Rows::new(pool, rows, true)?)?;
    second.begin(2).await?;
    let bytes = second.stage(progress).await?;
    Ok((second.run().await?, bytes))
}

/// Makes the second run's plan in `home`, and tells how long that took.
///
/// # Errors
/// When it is not made.
pub async fn plan(home: &Path, pool: &Path, rows: u32) -> Result<String, BoxError> {
    let site = Site::open(home, Rows::new(pool, rows, true)?)?;
    let seconds = site.plan().await?;
    Ok(serde_json::to_string(&Told { seconds })?)
}
