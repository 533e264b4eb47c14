//! Simulators as child processes.

use crate::process::{Place, Result};
use serde_json::Value;
use std::io::{BufRead, BufReader, Error};
use std::process::{Child, Stdio};

impl Place {
    /// Starts a simulator and waits until it listens.
    pub(crate) fn simulate(&self, arguments: &[&str]) -> Result<Simulator> {
        let arguments: Vec<&str> =
            ["--json", "--quiet", "simulate"].into_iter().chain(arguments.iter().copied()).collect();
        let mut process = self.command(&arguments).stderr(Stdio::inherit()).spawn()?;
        let stdout = process.stdout.take().ok_or_else(|| Error::other("no stdout"))?;
        let mut announced = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            announced.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let mut simulator = Simulator { process, data: Value::Null };
        simulator.data = serde_json::from_str(&announced)
            .map_err(|error| Error::other(format!("{error}: {announced}")))?;
        Ok(simulator)
    }
}

/// A simulator in a process of its own; killed when dropped.
pub(crate) struct Simulator {
    process: Child,
    /// What it announced.
    pub(crate) data: Value,
}

impl Simulator {
    /// Part of the announcement.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
