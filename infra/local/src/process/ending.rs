//! Exit codes of the process.

use causeway_domain::Outcome;
use std::process::ExitCode;

/// Exit codes; `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything asked for was done.
    Done = 0,
    /// The run failed, or another error occurred.
    Failed = 1,
    /// The command line or an input file is wrong; nothing was done.
    Refused = 2,
    /// The run ended partial.
    Partial = 3,
    /// The run's plan is held for a person.
    Held = 4,
    /// A check of the connection test or a golden test of a map failed.
    TestFailed = 5,
    /// Stopped by Ctrl-C or a termination signal; the next `run` resumes.
    Interrupted = 130,
}

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done; for `run`: the run is complete
  1    the run failed, or another error occurred; for `map diff`: there are differences; for `doctor`: problems remain
  2    the command line, a connection file or a map is wrong; nothing was changed
  3    the run is partial: not everything was read or accepted; the rest was delivered
  4    the run is held: its plan needs approval, nothing was sent
  5    a check of `connection test` or a test of `map test` failed
  130  stopped by Ctrl-C; the next `run` resumes where it stopped

Data goes to stdout, messages and progress to stderr.";

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Done,
            Outcome::Partial => Self::Partial,
            Outcome::Failed => Self::Failed,
            Outcome::Held => Self::Held,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending as u8)
    }
}
