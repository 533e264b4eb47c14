//! The problems that a rule found.

use std::fmt::Display;

/// Problems, each on a line.
#[derive(Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem.
    pub(crate) fn add(&mut self, problem: impl Display) {
        self.0.push(problem.to_string());
    }

    /// Adds a problem unless `holds`.
    pub(crate) fn check(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.add(problem());
        }
    }

    /// Fails the rule if there are any.
    ///
    /// # Panics
    /// With all of them.
    pub(crate) fn end(self) {
        let count = self.0.len();
        assert!(
            count == 0,
            "{count} problems:\n{}",
            self.0.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
        );
    }
}
