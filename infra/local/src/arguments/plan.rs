//! Arguments of `plan` and `redrive`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Show what a run found and would send: counts, why it is held, what it would close
    Show {
        /// A run's id or the beginning of it; or a connection, for its newest run
        #[arg(value_name = "RUN")]
        run: String,
        /// Explain one verdict: a finding id, or ASSET/FINDING, or an asset id
        #[arg(long, value_name = "FINDING")]
        why: Option<String>,
        /// List every finding that would be closed, not the first few only
        #[arg(long)]
        all: bool,
    },
    /// Carry out a held plan: its deliveries go out and its ledger takes effect
    Approve {
        #[command(flatten)]
        person: PersonArgs,
        /// The plan's id as `plan show` printed it, to approve exactly that one
        #[arg(long, value_name = "ID")]
        plan: Option<String>,
    },
    /// Turn a held plan down for good; nothing is sent, the next run starts from the old ledger
    Discard {
        #[command(flatten)]
        person: PersonArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PersonArgs {
    /// A run's id or the beginning of it; or a connection, for its newest run
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Who does this, for the record; by default the user of this session, or the AWS identity for a stack
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}
