//! Arguments of `simulate`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SimulateCommand {
    /// Claroty xDome: devices and vulnerability findings
    ClarotyXdome(SimulatedSource),
    /// Qualys ETM: accepts pushes and returns what it holds
    QualysEtm(SimulatedReceiver),
}

#[derive(Debug, Args)]
pub(crate) struct SimulatedSource {
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
    #[command(flatten)]
    pub(crate) conduct: ConductArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SimulatedReceiver {
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
    #[command(flatten)]
    pub(crate) conduct: ConductArgs,
}

/// Arguments of any simulated server: how fast it answers, and with which faults.
#[derive(Debug, Args)]
pub(crate) struct ConductArgs {
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
