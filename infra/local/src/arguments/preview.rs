//! Arguments of `preview`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// The connection
    pub(crate) connection: String,
    /// Pages to read of each stream
    #[arg(long, default_value_t = 1, value_name = "N", conflicts_with = "all")]
    pub(crate) pages: u32,
    /// Read all pages and confirm absences: the verdicts are then those of a full run
    #[arg(long)]
    pub(crate) all: bool,
    /// Records to show next to their source, per stream
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) records: usize,
    /// Preview this connection file instead of the applied one, to see the effect of a change
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<PathBuf>,
}
