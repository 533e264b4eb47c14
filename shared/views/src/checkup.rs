//! Result of checking a home, as data.

use crate::numbers::{count, counted};
use causeway_domain::checkup::{Issue, Severity};
use serde::Serialize;
use std::path::PathBuf;

/// The report of `doctor`.
#[derive(Debug, Serialize)]
pub struct Checkup {
    /// The home.
    pub home: PathBuf,
    /// Whether no problem is left.
    pub sound: bool,
    /// The process that works on the home, if any.
    pub in_use_by: Option<String>,
    /// Whether repairs were requested and refused, because another process works on the home.
    #[serde(skip)]
    pub repair_refused: bool,
    /// Connections whose definitions can be read.
    pub connections: u64,
    /// Objects read.
    pub objects: u64,
    /// Their stored size in bytes.
    pub bytes: u64,
    /// Problems and notes, the worst first.
    pub troubles: Vec<Issue>,
}

impl Checkup {
    /// How many problems there are and how many were repaired, in one sentence.
    pub fn summary(&self) -> String {
        let troubles = &self.troubles;
        let number =
            |fits: fn(&Issue) -> bool| troubles.iter().filter(|trouble| fits(trouble)).count() as u64;
        let (open, mended) = (number(Issue::is_open), number(|trouble| trouble.mended));
        let (mendable, remarks) = (
            number(|trouble| trouble.is_open() && trouble.mend.is_some()),
            number(|trouble| trouble.severity == Severity::Note),
        );
        let mut parts = Vec::new();
        match (open, mended) {
            (0, 0) => parts.push("No problems found".to_owned()),
            (0, _) => parts.push("No problems remain".to_owned()),
            (open, _) => parts.push(counted(open, "problem", "problems")),
        }
        if mendable > 0 && mendable == open {
            parts.push("repairable with `causeway doctor --mend`".to_owned());
        } else if mendable > 0 {
            parts.push(format!("{} of them repairable with `causeway doctor --mend`", count(mendable)));
        }
        if mended > 0 {
            parts.push(format!("{} repaired", count(mended)));
        }
        if remarks > 0 {
            parts.push(counted(remarks, "note", "notes"));
        }
        format!("{}.", parts.join(", "))
    }
}
