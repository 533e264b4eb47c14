//! The command line as plain data, parsed by clap.

mod connection;
mod doctor;
mod ledger;
mod map;
mod plan;
mod preview;
mod replay;
mod run;
mod schedule;
mod secret;
mod simulate;

pub(crate) use connection::ConnectionCommand;
pub(crate) use doctor::DoctorArgs;
pub(crate) use ledger::{ExportArgs, FindingsArgs, KnownArgs, Status, What};
pub(crate) use map::{DiffArgs, MapCommand, TestArgs, TryArgs};
pub(crate) use plan::{PersonArgs, PlanCommand};
pub(crate) use preview::PreviewArgs;
pub(crate) use replay::ReplayArgs;
pub(crate) use run::{LogsArgs, RunArgs, RunCommand, VerdictsArgs};
pub(crate) use schedule::{ScheduleArgs, ScheduleCommand};
pub(crate) use secret::SecretCommand;
pub(crate) use simulate::{SimulateCommand, SimulatedReceiver, SimulatedSource};

use crate::process;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use tracing_subscriber::filter::Targets;

const EVERYWHERE: &str = "Options of every command";

/// Carries OT and IoT assets and vulnerability findings from Claroty xDome into Qualys ETM.
#[derive(Debug, Parser)]
#[command(name = "causeway", version, after_help = process::HELP, max_term_width = 110)]
pub(crate) struct Cli {
    /// Folder for everything Causeway keeps; by default ~/.local/share/causeway
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR", env = "CAUSEWAY_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// File with the key of the secrets, to keep it outside the home
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE", env = "CAUSEWAY_KEY_FILE", hide_env_values = true)]
    pub(crate) key_file: Option<PathBuf>,
    /// Use this stack on AWS instead of a home on this machine
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// Region of the stack; by default that of the environment or the profile
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Profile of ~/.aws/config with the credentials for the stack
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Print data as JSON
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// No progress and no notes; errors only
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// Log JSON lines to stderr: error, warn, info, debug, or a filter; no progress bars then
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "LEVEL", env = "CAUSEWAY_LOG", hide_env_values = true)]
    pub(crate) log: Option<Targets>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Demonstrate everything on simulated systems, in its own folder (./causeway-demo)
    Demo,
    /// Create, inspect and test connections
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Store, list and delete secrets (API tokens, passwords)
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Run a connection to completion, resuming an interrupted run
    Run(RunArgs),
    /// Show what a run would do now; sends and changes nothing
    Preview(PreviewArgs),
    /// Inspect the plan of a run; approve or discard a held one
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Retry what failed in a run: pages not read, batches not delivered, assets refused
    Redrive(PersonArgs),
    /// Map the pages of the last committed run again, without asking the vendor, and send what changed
    Replay(ReplayArgs),
    /// Run the schedules of all connections and process their runs until Ctrl-C
    Serve,
    /// Inspect schedules
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// List runs, newest first
    Runs {
        /// Only the runs of this connection
        #[arg(value_name = "CONNECTION")]
        connection: Option<String>,
    },
    /// List the known findings with status and reason
    Findings(FindingsArgs),
    /// List the known assets
    Assets(KnownArgs),
    /// Write the known findings or assets to a CSV file
    Export(ExportArgs),
    /// Check the home: files, permissions, databases, every stored object; repair what is safe to repair automatically
    Doctor(DoctorArgs),
    /// Inspect transform maps, create your own, and try out changes
    #[command(subcommand)]
    Map(MapCommand),
    /// Print the script that completes commands in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// Write one page per command into this folder
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Serve a simulated system on this machine until Ctrl-C
    #[command(subcommand)]
    Simulate(SimulateCommand),
}
