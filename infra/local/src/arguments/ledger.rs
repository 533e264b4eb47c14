//! Arguments of `findings`, `assets` and `export`, which read the ledger in force.

use causeway_domain::plan::Rule;
use causeway_views::words;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Arguments of `findings`.
#[derive(Debug, Args)]
pub(crate) struct FindingsArgs {
    /// Only this CVE
    #[arg(long, value_name = "CVE")]
    pub(crate) cve: Option<String>,
    /// Only findings with this status
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<Status>,
    #[command(flatten)]
    pub(crate) common: KnownArgs,
}

/// Arguments that `findings` and `assets` share.
#[derive(Debug, Args)]
pub(crate) struct KnownArgs {
    /// The connection; all connections without it
    #[arg(value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
    /// Only this finding id, vendor's id without the CVE, or asset id
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Only of this host: a part of its name, an address, or an asset id
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Only of this site
    #[arg(long)]
    pub(crate) site: Option<String>,
    /// Only records the last run did not see
    #[arg(long)]
    pub(crate) unseen: bool,
    /// Show the reason for each status; with a rule, only records decided by that rule in the last run
    #[arg(long, value_name = "RULE", num_args = 0..=1, require_equals = true, value_parser = rule)]
    pub(crate) why: Option<Option<Rule>>,
    /// Show at most this many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
}

/// Statuses as people type them.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Status {
    /// Seen, or missing but not closed.
    Open,
    /// Closed: fixed.
    Fixed,
    /// Closed: does not apply.
    Irrelevant,
}

fn rule(text: &str) -> Result<Rule, String> {
    let names = || words::RULES.iter().map(|rule| words::name(*rule));
    let known = words::RULES.iter().find(|rule| words::name(**rule) == text);
    known.copied().ok_or_else(|| format!("allowed: {}", names().collect::<Vec<_>>().join(", ")))
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Which records
    pub(crate) what: What,
    /// The connection
    pub(crate) connection: String,
    /// The CSV file; replaced atomically once complete
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// Records of the ledger.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// One line per finding
    Findings,
    /// One line per asset
    Assets,
}
