//! The result of a connection test.

use super::{Screen, Tone};
use causeway_runs::{TestResult, Tested};
use causeway_views::numbers;

/// Whether every check that was made passed.
pub(crate) fn all_passed(tested: &[Tested]) -> bool {
    tested.iter().flat_map(|side| &side.checks).all(|check| check.result != TestResult::Failed)
}

/// The table, and below it one line of advice per failure.
pub(crate) fn text(screen: &Screen, tested: &[Tested]) -> String {
    let mut grid = screen.grid(&["system", "check", "result", "time", "seen"]);
    let mut advice = String::new();
    for side in tested {
        for check in &side.checks {
            let tone = match check.result {
                TestResult::Passed => Tone::Good,
                TestResult::Failed => Tone::Bad,
                TestResult::Skipped => Tone::Dim,
            };
            let time = numbers::duration(std::time::Duration::from_millis(check.took_ms));
            let plain = |text: &str| (text.to_owned(), Tone::Plain);
            let result = (check.result.name().to_owned(), tone);
            let time = if check.result == TestResult::Skipped { plain("") } else { plain(&time) };
            grid.toned_row([plain(&side.system), plain(&check.check), result, time, plain(&check.detail)]);
            if let (Some(failure), Some(help)) = (&check.failure, &check.advice) {
                advice.push_str(&format!("\n{}, {}: {failure}\n  help: {help}", side.system, check.check));
            }
        }
    }
    grid.right([3]);
    if advice.is_empty() { grid.to_string() } else { format!("{grid}\n{advice}") }
}
