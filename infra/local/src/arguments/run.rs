//! Arguments of `run`, `run show` and `run logs`.

use causeway_domain::plan::Verdict;
use causeway_views::words;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(
    override_usage = "causeway run [OPTIONS] <CONNECTION>\n       causeway run show [OPTIONS] <RUN>\n       causeway run logs [OPTIONS] <RUN>"
)]
pub(crate) struct RunArgs {
    /// The connection to run
    #[arg(required = true)]
    pub(crate) connection: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<RunCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// Show what a run read, decided and sent
    Show {
        /// Run id or a prefix of it, or a connection for its newest run
        #[arg(value_name = "RUN")]
        run: String,
        #[command(flatten)]
        verdicts: VerdictsArgs,
    },
    /// Show the logs of a stack's functions about a run; with --json, one JSON object per line
    Logs(LogsArgs),
}

/// Which verdicts to show.
#[derive(Debug, Args)]
pub(crate) struct VerdictsArgs {
    /// List single verdicts, those that are not "unchanged", instead of the account
    #[arg(long)]
    pub(crate) verdicts: bool,
    /// Only these, for example `fixed` or `preserved`
    #[arg(long, value_name = "VERDICT", requires = "verdicts", value_parser = verdict)]
    pub(crate) status: Option<Verdict>,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    let names = words::VERDICTS.map(words::name);
    let known = words::VERDICTS.into_iter().find(|verdict| words::name(verdict) == text);
    known.ok_or_else(|| format!("allowed: {}", names.join(", ")))
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Run id or a prefix of it, or a connection for its newest run
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Keep showing new lines until the run ends, or Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
}
