//! What `doctor` found, as data and as text.

use causeway_domain::checkup::{Trouble, Weight};
use causeway_views::numbers::{bytes, count, counted};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Troubles and remarks told in full.
const LISTED: usize = 100;

/// Everything that a check-up has to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    pub(crate) home: PathBuf,
    /// Whether no trouble is left.
    pub(crate) sound: bool,
    pub(crate) in_use_by: Option<String>,
    /// Mending was asked for, but another process works on the home.
    #[serde(skip)]
    pub(crate) unmended_for_use: bool,
    pub(crate) connections: u64,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    pub(crate) troubles: Vec<Trouble>,
}

/// One block for each, and a summary.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for trouble in findings.troubles.iter().take(LISTED) {
        let _ = writeln!(text, "{}\n", block(trouble));
    }
    if findings.troubles.len() > LISTED {
        let _ = writeln!(text, "and {} more, see `--json`\n", findings.troubles.len() - LISTED);
    }
    let _ = write!(
        text,
        "Home {}: {}, {} with {} read.",
        findings.home.display(),
        counted(findings.connections, "connection", "connections"),
        counted(findings.objects, "object", "objects"),
        bytes(findings.bytes),
    );
    if let Some(user) = &findings.in_use_by {
        let _ = write!(text, "\nIn use by {user}.");
    }
    if findings.unmended_for_use {
        text.push_str(" Nothing is repaired while it runs; stop it first.");
    }
    let _ = write!(text, "\n{}", verdict(&findings.troubles));
    text
}

fn block(trouble: &Trouble) -> String {
    let kind = match (trouble.weight, trouble.mended) {
        (Weight::Trouble, false) => "problem",
        (Weight::Trouble, true) => "repaired",
        (Weight::Remark, _) => "note",
    };
    let mut text = format!("{kind}: {} {}\n  means: {}", trouble.place, trouble.found, trouble.means);
    let _ = match (&trouble.mend, trouble.mended) {
        (Some(mend), true) => write!(text, "\n  done:  {mend}"),
        (Some(mend), false) => {
            write!(text, "\n  help:  `causeway doctor --mend` {mend}. {}", trouble.advice)
        }
        (None, _) => write!(text, "\n  help:  {}", trouble.advice),
    };
    text
}

fn verdict(troubles: &[Trouble]) -> String {
    let number = |fits: fn(&Trouble) -> bool| troubles.iter().filter(|trouble| fits(trouble)).count() as u64;
    let (open, mended) = (number(Trouble::is_open), number(|trouble| trouble.mended));
    let (mendable, remarks) = (
        number(|trouble| trouble.is_open() && trouble.mend.is_some()),
        number(|trouble| trouble.weight == Weight::Remark),
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
