//! Why one finding is judged as it is, in sentences.

use super::numbers::{counted, time};
use super::words;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{FindingStatus, RunId};
use causeway_views::{Explanation, Known};
use std::fmt::Write;

/// All explanations, one paragraph each.
pub(crate) fn text(run: &RunId, explanations: &[Explanation]) -> String {
    let told: Vec<String> = explanations.iter().map(|one| explain(run, one)).collect();
    told.join("\n\n")
}

fn explain(run: &RunId, one: &Explanation) -> String {
    let what = if one.key.finding.is_empty() {
        format!("Asset {}", one.key.asset)
    } else {
        format!("Finding {} of asset {}", one.key.finding, one.key.asset)
    };
    let mut text = format!("{what}: {}, {}.", one.verdict, words::meaning(one.verdict));
    let mut line = |label: &str, sentence: String| {
        let _ = write!(text, "\n  {label:<12}{sentence}");
    };
    line("Before:", one.before.as_ref().map_or("Not in the ledger.".to_owned(), before));
    line("Now:", now(run, one));
    if let Some(place) = place(&one.after) {
        line("Where:", place);
    }
    line("Rule:", rule(one));
    if let Some(asked) = &one.question {
        let trust = if asked.trusted {
            "The answer contains at least one of them, so it is trusted."
        } else {
            "The answer is not trusted."
        };
        line(
            "Asked:",
            format!(
                "On {} the vendor was queried for {} and {} known to exist (query {}); {} came back. {trust}",
                time(asked.at),
                counted(asked.keys as u64, "missing finding", "missing findings"),
                counted(asked.controls as u64, "record", "records"),
                asked.number + 1,
                counted(asked.rows, "row", "rows"),
            ),
        );
    }
    line("Content:", content(one));
    line("Sent:", sent(one));
    text
}

fn status(known: &Known) -> String {
    let by = match known.closed_by {
        Some(ClosedBy::Vendor) => ", as reported by the vendor",
        Some(ClosedBy::Absence) => ", because it was absent",
        None => "",
    };
    let since = known.fixed_on.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
    match known.status {
        FindingStatus::Open => "open".to_owned(),
        FindingStatus::Fixed => format!("fixed{since}{by}"),
        FindingStatus::Irrelevant => format!("irrelevant{since}{by}"),
    }
}

fn before(known: &Known) -> String {
    let streak = match known.missing {
        0 => String::new(),
        missing => format!(
            " It had been missing for {}.",
            counted(u64::from(missing), "complete run", "complete runs in a row")
        ),
    };
    format!(
        "It was {}; last seen in run {}, first seen in run {}.{streak}",
        status(known),
        known.last_seen,
        known.first_seen
    )
}

fn now(run: &RunId, one: &Explanation) -> String {
    let after = &one.after;
    let seen = if after.last_seen == *run { "seen in this run" } else { "not seen in this run" };
    let streak = match after.missing {
        0 => String::new(),
        missing => format!(
            " It has now been missing for {}.",
            counted(u64::from(missing), "complete run", "complete runs in a row")
        ),
    };
    format!("It is {}; {seen}.{streak}", status(after))
}

fn place(known: &Known) -> Option<String> {
    let site = known.site.as_ref().map(|site| format!("site {site:?}"));
    let category = known.category.as_ref().map(|category| format!("device category {category}"));
    let place: Vec<String> = site.into_iter().chain(category).collect();
    (!place.is_empty()).then(|| format!("Last seen at {}.", place.join(", ")))
}

fn rule(one: &Explanation) -> String {
    let closed = one.after.status != FindingStatus::Open;
    let reason = match (one.rule, one.verdict) {
        (Some(rule), _) => words::reason(rule),
        (None, Verdict::Unchanged)
            if closed
                && one.before.as_ref().is_some_and(|before| before.last_seen == one.after.last_seen) =>
        {
            words::reason(Rule::AlreadyClosed)
        }
        (None, _) => words::reason(Rule::Seen),
    };
    let mut letters = reason.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn content(one: &Explanation) -> String {
    match &one.before {
        Some(before) if before.hash == one.after.hash => {
            format!("Content hash {}, unchanged.", one.after.hash)
        }
        Some(before) => format!("Content hash {}, previously {}.", one.after.hash, before.hash),
        None => format!("Content hash {}.", one.after.hash),
    }
}

fn sent(one: &Explanation) -> String {
    match &one.sent {
        None => "Nothing: this asset has no changes to send.".to_owned(),
        Some(sent) => {
            format!("In batch {}, with all findings of its asset: {}", sent.delivery + 1, sent.document)
        }
    }
}
