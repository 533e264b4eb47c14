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
    /// Read all pages and ask the confirming questions: the verdicts are then those of a whole run
    #[arg(long)]
    pub(crate) all: bool,
    /// Records to show beside their source, per stream
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) records: usize,
    /// Preview this connection file in place of what was applied, to see what a change would do
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<PathBuf>,
}
