//! Starts the built binary in a folder of its own.

use serde_json::Value;
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A working folder with a home inside it.
pub(crate) struct Place {
    folder: TempDir,
    /// Program and arguments that start the binary in their own way; empty starts it directly.
    pub(crate) within: Vec<String>,
    /// Options that say where to work.
    pub(crate) site: Vec<String>,
    /// Variables of the environment.
    pub(crate) environment: Vec<(String, String)>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// stdout as JSON.
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).map_err(|error| Error::other(format!("{error} in {self:?}")))
    }
}

impl Place {
    pub(crate) fn new() -> Result<Self> {
        let site = ["--home", "home"].map(str::to_owned).to_vec();
        Ok(Self { folder: TempDir::new()?, within: Vec::new(), site, environment: Vec::new() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// The binary with these arguments, not started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let binary = [env!("CARGO_BIN_EXE_causeway").to_owned()];
        let mut words = self.within.iter().chain(&binary);
        let mut command = Command::new(words.next().unwrap_or(&binary[0]));
        command.args(words).current_dir(self.path()).args(&self.site).args(arguments);
        for variable in ["CAUSEWAY_HOME", "CAUSEWAY_KEY_FILE", "CAUSEWAY_LOG", "XDG_DATA_HOME"] {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Result<Ended> {
        ended(self.command(arguments).spawn()?)
    }

    /// Calls with `input` on stdin.
    pub(crate) fn pipe(&self, input: &str, arguments: &[&str]) -> Result<Ended> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().ok_or_else(|| Error::other("no stdin"))?;
        stdin.write_all(input.as_bytes())?;
        drop(stdin);
        ended(child)
    }
}

/// Waits for the end.
pub(crate) fn ended(child: Child) -> Result<Ended> {
    let output = child.wait_with_output()?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(Error::other);
    Ok(Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout)?,
        stderr: text(output.stderr)?,
    })
}
