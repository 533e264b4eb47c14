//! The two outputs of the process.

use super::{Grid, Problem};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Output settings of this process. A closed pipe is not an error, because the reader has seen enough.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    bars: bool,
    terminal: bool,
    colour: bool,
}

impl Screen {
    pub(crate) fn new(json: bool, quiet: bool, logging: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let bars = std::io::stderr().is_terminal() && !quiet && !logging;
        Self { json, quiet, bars, terminal, colour: terminal && wanted }
    }

    /// Whether data is printed as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress bars may be drawn.
    pub(crate) fn has_bars(&self) -> bool {
        self.bars
    }

    /// An empty table.
    pub(crate) fn grid(&self, header: &[&str]) -> Grid {
        Grid::new(header, self.terminal, self.colour)
    }

    /// Prints data: as JSON with `--json`, otherwise as `text`.
    pub(crate) fn show<T: Serialize>(&self, data: &T, text: impl FnOnce() -> String) -> Result<(), Problem> {
        if self.json {
            let json = serde_json::to_string_pretty(data)
                .map_err(|error| Problem::input("JSON", error.to_string(), "Leave out `--json`."))?;
            self.print(&json);
        } else {
            self.print(&text());
        }
        Ok(())
    }

    /// Prints a line or block of data.
    pub(crate) fn print(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{}", text.trim_end());
        let _ = stdout.flush();
    }

    /// Prints a note to stderr.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }

    /// Prints a problem to stderr.
    pub(crate) fn problem(&self, problem: &Problem) {
        let _ = writeln!(std::io::stderr().lock(), "{problem}");
    }
}
