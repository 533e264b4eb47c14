//! The same connection on one machine, by the binary `causeway`, to compare with.

use crate::world::{Kept, kept};
use causeway_cloud::Result;
use causeway_simulators::xdome::Token;
use causeway_simulators::{EtmConfig, EtmControl, Running};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A home with the connection, and the receiver that it delivers to.
pub(crate) struct Machine {
    receiver: Running<EtmControl>,
    folder: TempDir,
    connection: String,
}

impl Machine {
    pub(crate) fn new(receiver: Running<EtmControl>, connection: &str, file: &str) -> Result<Self> {
        let machine = Self { receiver, folder: TempDir::new()?, connection: connection.to_owned() };
        std::fs::write(machine.folder.path().join("connection.toml"), file)?;
        machine.call(&["connection", "apply", "connection.toml"], "")?;
        machine.call(&["secret", "set", &format!("{connection}-token")], Token::DEFAULT)?;
        machine.call(&["secret", "set", &format!("{connection}-password")], EtmConfig::DEFAULT_PASSWORD)?;
        Ok(machine)
    }

    /// Runs to the end, which must be a complete run.
    pub(crate) fn run_well(&self) -> Result<Kept> {
        self.call(&["run", &self.connection], "")?;
        Ok(kept(&self.receiver))
    }

    fn call(&self, arguments: &[&str], input: &str) -> Result<()> {
        let mut child = Command::new(binary()?)
            .current_dir(self.folder.path())
            .args(["--home", "home"])
            .args(arguments)
            .env_remove("CAUSEWAY_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child.stdin.take().ok_or("no stdin")?.write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// Beside the folder that this test was built into.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(|deps| deps.parent()).ok_or("no target folder")?;
    let binary = folder.join("causeway");
    if binary.exists() { Ok(binary) } else { Err(format!("{} is not built", binary.display()).into()) }
}
