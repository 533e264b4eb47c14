//! Arguments of `plan` and `redrive`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Show what a run found and would send: counts, why it is held, what it would close
    Show {
        /// Run id or a prefix of it, or a connection for its newest run
        #[arg(value_name = "RUN")]
        run: String,
        /// Explain one verdict: a finding id, or ASSET/FINDING, or an asset id
        #[arg(long, value_name = "FINDING")]
        why: Option<String>,
        /// List every finding that would be closed, not only the first few
        #[arg(long)]
        all: bool,
    },
    /// Approve a held plan: send it and record the result
    Approve {
        #[command(flatten)]
        person: PersonArgs,
        /// The plan's id as `plan show` printed it, to approve exactly that one
        #[arg(long, value_name = "ID")]
        plan: Option<String>,
    },
    /// Reject a held plan permanently; nothing is sent, the next run starts from the old ledger
    Discard {
        #[command(flatten)]
        person: PersonArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PersonArgs {
    /// Run id or a prefix of it, or a connection for its newest run
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Name to record for this action; by default the user of this session, or the AWS identity for a stack
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Reason to record
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}
