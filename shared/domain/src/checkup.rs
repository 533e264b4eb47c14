//! Results of a check of a home or a bucket.

use serde::Serialize;

/// A problem or a note.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Issue {
    /// How severe it is.
    #[serde(rename = "weight")]
    pub severity: Severity,
    /// Where: a path relative to the home, a connection, a run or a secret.
    pub place: String,
    /// What was found.
    pub found: String,
    /// The effect on runs, in one sentence.
    pub means: String,
    /// Advice to the operator, in one sentence.
    pub advice: String,
    /// The repair that `--mend` makes or made; `None` if only a person can fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// Whether it was repaired.
    pub mended: bool,
}

/// Severity of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Something is wrong.
    #[serde(rename = "trouble")]
    Problem,
    /// Nothing is wrong, but it is worth knowing.
    #[serde(rename = "remark")]
    Note,
}

impl Issue {
    /// A problem that only a person can fix.
    pub fn new(
        place: impl Into<String>,
        found: impl Into<String>,
        means: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (place, found, means, advice) = (place.into(), found.into(), means.into(), advice.into());
        Self { severity: Severity::Problem, place, found, means, advice, mend: None, mended: false }
    }

    /// Turns it into a note.
    #[must_use]
    pub fn into_note(self) -> Self {
        Self { severity: Severity::Note, ..self }
    }

    /// Adds what the repair does, and whether it was done.
    #[must_use]
    pub fn mendable(self, mend: impl Into<String>, mended: bool) -> Self {
        Self { mend: Some(mend.into()), mended, ..self }
    }

    /// Whether it is a problem that remains.
    pub fn is_open(&self) -> bool {
        self.severity == Severity::Problem && !self.mended
    }
}
