//! Mistakes in a map, each with its place and the allowed values.

use causeway_domain::{Failure, FailureKind};
use std::fmt;
use strsim::levenshtein;

/// Every mistake found in one map file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MapErrors {
    /// Name of the file or shipped map.
    pub file: String,
    /// The mistakes in the order of their lines; never empty.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line in the file, from 1.
    pub line: usize,
    /// Number of the `[[row]]`, from 1; `None` outside of rows.
    pub row: Option<usize>,
    /// Place inside the row or file: `target`, `lookup.severity`.
    pub path: String,
    /// The mistake, and what is allowed.
    pub message: String,
}

impl fmt::Display for MapErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:{}: ", self.file, mistake.line)?;
            if let Some(row) = mistake.row {
                write!(f, "row {row}, ")?;
            }
            write!(f, "{}: {}", mistake.path, mistake.message)?;
        }
        Ok(())
    }
}

impl From<MapErrors> for Failure {
    fn from(errors: MapErrors) -> Self {
        Self::new(FailureKind::MapInvalid, format!("map {}", errors.file), errors.to_string())
    }
}

/// Mistakes reported one by one; of any further ones only the number is given.
const TOLD: usize = 200;

/// Collected mistakes; positions are byte offsets until the end.
#[derive(Debug)]
pub(crate) struct Mistakes {
    /// End of each line of the text.
    line_ends: Vec<usize>,
    found: Vec<Mistake>,
    untold: usize,
}

impl Mistakes {
    pub(crate) fn in_text(text: &str) -> Self {
        let line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
        Self { line_ends: line_ends.collect(), found: Vec::new(), untold: 0 }
    }

    pub(crate) fn line_at(&self, offset: usize) -> usize {
        1 + self.line_ends.partition_point(|end| *end < offset)
    }

    pub(crate) fn add(&mut self, offset: usize, row: Option<usize>, path: &str, message: impl Into<String>) {
        let line = self.line_at(offset);
        self.add_at_line(line, row, path, message);
    }

    pub(crate) fn add_at_line(
        &mut self,
        line: usize,
        row: Option<usize>,
        path: &str,
        message: impl Into<String>,
    ) {
        if self.found.len() == TOLD {
            self.untold += 1;
            return;
        }
        self.found.push(Mistake { line, row, path: path.to_owned(), message: message.into() });
    }

    /// `Ok` when there are none.
    pub(crate) fn into_result(mut self, file: &str) -> Result<(), MapErrors> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|mistake| (mistake.line, mistake.row));
        if let Some(last) = self.found.last().filter(|_| self.untold > 0) {
            let message = format!("{} more mistakes are not listed; fix these first", self.untold);
            self.found.push(Mistake { line: last.line, row: None, path: "file".to_owned(), message });
        }
        Err(MapErrors { file: file.to_owned(), mistakes: self.found })
    }
}

/// `; did you mean …?` with the names closest to `wrong`, or nothing when none is close.
pub fn did_you_mean<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> String {
    let limit = 1 + wrong.len() / 4;
    let mut close: Vec<(usize, &str)> =
        names.map(|name| (levenshtein(wrong, name), name)).filter(|(far, _)| *far <= limit).collect();
    close.sort_unstable();
    close.dedup();
    let best: Vec<String> = close.into_iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if best.is_empty() { String::new() } else { format!("; did you mean {}?", best.join(" or ")) }
}
