//! Tables shipped with the simulator: one row a line, columns separated by `|`, comments start with `#`.

use crate::SimulatorError;

/// The rows of `text` with exactly `N` trimmed columns.
pub(crate) fn rows<const N: usize>(
    table: &'static str,
    text: &'static str,
) -> Result<Vec<[&'static str; N]>, SimulatorError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let columns: Vec<&'static str> = line.split('|').map(str::trim).collect();
            <[&'static str; N]>::try_from(columns).map_err(|columns| SimulatorError::Table {
                table,
                line: number + 1,
                problem: format!("{} columns instead of {N}", columns.len()),
            })
        })
        .collect()
}

/// The parts of a column that holds a list.
pub(crate) fn list(column: &'static str) -> Vec<&'static str> {
    column.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// A column that holds a number.
pub(crate) fn number<T: std::str::FromStr>(table: &'static str, column: &str) -> Result<T, SimulatorError> {
    column.parse().map_err(|_| SimulatorError::Table {
        table,
        line: 0,
        problem: format!("{column:?} is not a number"),
    })
}
