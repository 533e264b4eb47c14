//! The command line.

use crate::commands::export::ExportArgs;
use crate::commands::findings::{FindingsArgs, KnownArgs};
use crate::commands::map::MapCommand;
use crate::commands::verdicts::VerdictsArgs;
use crate::process;
use clap::{Args, Parser, Subcommand};
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
    /// Work on this stack of functions on AWS in place of a home on this machine
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
    /// No progress and no remarks; errors only
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
    /// Show everything at work on simulated systems, in a folder of its own (./causeway-demo)
    Demo,
    /// Create, look at and test connections
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Store, list and delete secrets (API tokens, passwords)
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Run a connection until it is decided; a run that was cut short goes on
    Run(RunArgs),
    /// Show what a run would do now; sends and changes nothing
    Preview(crate::commands::preview::PreviewArgs),
    /// Look at the plan of a run; approve or discard one that is held
    #[command(subcommand)]
    Plan(crate::commands::plan::PlanCommand),
    /// Try again what a run gave up: pages not read, batches not delivered, assets refused
    Redrive(crate::commands::plan::PersonArgs),
    /// Map the pages of the last committed run again, without asking the vendor, and send what changed
    Replay(crate::commands::replay::ReplayArgs),
    /// Run the schedules of all connections until Ctrl-C, and work on every run
    Serve,
    /// Look at schedules
    #[command(subcommand)]
    Schedule(crate::commands::schedule::ScheduleCommand),
    /// List runs, newest first
    Runs {
        /// Only the runs of this connection
        #[arg(value_name = "CONNECTION")]
        connection: Option<String>,
    },
    /// List the findings that are known, in which state and why
    Findings(FindingsArgs),
    /// List the assets that are known
    Assets(KnownArgs),
    /// Write the known findings or assets to a CSV file
    Export(ExportArgs),
    /// Check the home: files, rights, databases, every stored object; mend what needs no person
    Doctor(crate::commands::doctor::DoctorArgs),
    /// Look at transform maps, make own ones, and try what a change does
    #[command(subcommand)]
    Map(MapCommand),
    /// Print the script that completes commands in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// Write one page per command into this folder instead
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Serve a simulated system on this machine until Ctrl-C
    #[command(subcommand)]
    Simulate(SimulateCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Create or update a connection from its TOML file
    Apply {
        /// The connection file
        file: PathBuf,
    },
    /// List all connections with their states
    List,
    /// Show a connection: state, settings, documents
    Show {
        /// Its name
        name: String,
    },
    /// Delete a connection with its ledgers and runs; refused while a run is live
    Delete {
        /// Its name
        name: String,
    },
    /// Print the JSON Schema of connection files, for editors
    Schema,
    /// Check source and destination one step at a time: network, TLS, credentials, authorization, data
    Test {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a secret: typed without echo, or piped into stdin, or from a file; never as an argument
    Set {
        /// Name, as connection files refer to it
        name: String,
        /// Read the secret from this file instead
        #[arg(long, value_name = "FILE")]
        from_file: Option<PathBuf>,
    },
    /// List the names of the stored secrets
    List,
    /// Delete a secret
    Delete {
        /// Its name
        name: String,
    },
}

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
    /// Show what a run read, judged and sent
    Show {
        /// Its id or the beginning of it; or a connection, for its newest run
        #[arg(value_name = "RUN")]
        run: String,
        #[command(flatten)]
        verdicts: VerdictsArgs,
    },
    /// Show what the functions of a stack logged about a run; with --json, one JSON object a line
    Logs(crate::commands::logs::LogsArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimulateCommand {
    /// Claroty xDome: devices and vulnerability findings
    ClarotyXdome(SimulateXdome),
    /// Qualys ETM: takes what is pushed and can be asked for it
    QualysEtm(SimulateEtm),
}

#[derive(Debug, Args)]
pub(crate) struct SimulateXdome {
    /// Port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Seed of the data
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Devices
    #[arg(long, default_value_t = 1_000)]
    pub(crate) devices: u32,
    /// Findings
    #[arg(long, default_value_t = 10_000)]
    pub(crate) findings: u32,
    /// Sites
    #[arg(long, default_value_t = 6)]
    pub(crate) sites: u16,
    /// API token that is accepted
    #[arg(long, default_value = causeway_simulators::xdome::Token::DEFAULT)]
    pub(crate) token: String,
    /// Requests answered per second; the others get 429
    #[arg(long, value_name = "N")]
    pub(crate) rate_limit: Option<u32>,
    /// Wait before each answer, in milliseconds
    #[arg(long, default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// Fault script: TOML with `[[faults]]`
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateEtm {
    /// Port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// API user that is accepted
    #[arg(long, default_value = causeway_simulators::EtmConfig::DEFAULT_USERNAME)]
    pub(crate) username: String,
    /// Its password
    #[arg(long, default_value = causeway_simulators::EtmConfig::DEFAULT_PASSWORD)]
    pub(crate) password: String,
    /// Connector UUID that exists; any is accepted without it
    #[arg(long, value_name = "UUID")]
    pub(crate) connector: Vec<String>,
    /// Requests answered per second; the others get 429
    #[arg(long, value_name = "N")]
    pub(crate) rate_limit: Option<u32>,
    /// Wait before each answer, in milliseconds
    #[arg(long, default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// Fault script: TOML with `[[faults]]`
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}
