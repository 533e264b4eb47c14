//! The result of `doctor` as text.

use causeway_domain::checkup::{Issue, Severity};
use causeway_views::Checkup;
use causeway_views::numbers::{bytes, counted};
use std::fmt::Write;

/// Problems and notes shown in full.
const LISTED: usize = 100;

/// One block for each, and a summary.
pub(crate) fn text(findings: &Checkup) -> String {
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
    if findings.repair_refused {
        text.push_str(" Nothing is repaired while it runs; stop it first.");
    }
    let _ = write!(text, "\n{}", findings.summary());
    text
}

fn block(trouble: &Issue) -> String {
    let kind = match (trouble.severity, trouble.mended) {
        (Severity::Problem, false) => "problem",
        (Severity::Problem, true) => "repaired",
        (Severity::Note, _) => "note",
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
