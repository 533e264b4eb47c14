//! The same connection on one machine, to compare with.

use crate::command_line::CommandLine;
use crate::world::{Kept, kept};
use causeway_cloud::Result;
use causeway_simulators::xdome::Token;
use causeway_simulators::{EtmConfig, EtmControl, Running};

/// A home with the connection, and the receiver that it delivers to.
pub(crate) struct Machine {
    receiver: Running<EtmControl>,
    binary: CommandLine,
    connection: String,
}

impl Machine {
    pub(crate) fn new(receiver: Running<EtmControl>, connection: &str, file: &str) -> Result<Self> {
        let machine = Self { receiver, binary: CommandLine::at_home()?, connection: connection.to_owned() };
        let binary = &machine.binary;
        std::fs::write(binary.folder().join("connection.toml"), file)?;
        binary.call(&["connection", "apply", "connection.toml"], "")?;
        binary.call(&["secret", "set", &format!("{connection}-token")], Token::DEFAULT)?;
        binary.call(&["secret", "set", &format!("{connection}-password")], EtmConfig::DEFAULT_PASSWORD)?;
        Ok(machine)
    }

    /// Runs to the end, which must be a complete run.
    pub(crate) fn run_well(&self) -> Result<Kept> {
        self.binary.call(&["run", &self.connection], "")?;
        Ok(kept(&self.receiver))
    }
}
