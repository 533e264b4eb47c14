//! The result of a connection test.

use super::{Screen, Tone, numbers};
use causeway_ports::Check;
use causeway_ports::check::CheckVerdict;
use serde::Serialize;

/// The checks of one side.
#[derive(Debug, Serialize)]
pub(crate) struct Tested {
    /// Connector or destination.
    pub(crate) system: String,
    /// Its checks in order.
    pub(crate) checks: Vec<Shown>,
}

/// One check.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    check: String,
    result: &'static str,
    took_ms: u64,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
}

impl From<Check> for Shown {
    fn from(check: Check) -> Self {
        let (result, failure) = match check.verdict {
            CheckVerdict::Passed => ("passed", None),
            CheckVerdict::Failed(failure) => ("failed", Some(failure)),
            CheckVerdict::Skipped => ("skipped", None),
        };
        Self {
            check: check.name,
            result,
            took_ms: u64::try_from(check.took.as_millis()).unwrap_or(u64::MAX),
            detail: check.detail,
            advice: failure.as_ref().map(|failure| failure.advice()),
            failure: failure.map(|failure| failure.to_string()),
        }
    }
}

/// Whether every check that was made passed.
pub(crate) fn all_passed(tested: &[Tested]) -> bool {
    tested.iter().flat_map(|side| &side.checks).all(|check| check.result != "failed")
}

/// The table, and below it one line of advice per failure.
pub(crate) fn text(screen: &Screen, tested: &[Tested]) -> String {
    let mut grid = screen.grid(&["system", "check", "result", "time", "seen"]);
    let mut advice = String::new();
    for side in tested {
        for check in &side.checks {
            let tone = match check.result {
                "passed" => Tone::Good,
                "failed" => Tone::Bad,
                _ => Tone::Dim,
            };
            let time = numbers::duration(std::time::Duration::from_millis(check.took_ms));
            let plain = |text: &str| (text.to_owned(), Tone::Plain);
            let result = (check.result.to_owned(), tone);
            let time = if check.result == "skipped" { plain("") } else { plain(&time) };
            grid.toned_row([plain(&side.system), plain(&check.check), result, time, plain(&check.detail)]);
            if let (Some(failure), Some(help)) = (&check.failure, check.advice) {
                advice.push_str(&format!("\n{}, {}: {failure}\n  help: {help}", side.system, check.check));
            }
        }
    }
    grid.right([3]);
    if advice.is_empty() { grid.to_string() } else { format!("{grid}\n{advice}") }
}
