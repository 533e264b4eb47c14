//! Explanation of one verdict, in sentences.

use crate::numbers::{counted, time};
use crate::words;
use crate::{Explanation, LedgerState};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{FindingStatus, RunId};
use serde::Serialize;

/// One aspect of a verdict, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Its label: `Before`, `Now`, `Where`, `Rule`, `Query`, `Content`, `Sent`.
    pub about: &'static str,
    /// One or more sentences.
    pub text: String,
}

/// The explanation of `one`, a verdict of `run`.
pub(crate) fn sentences(run: &RunId, one: &Explanation) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut say = |about, text: Option<String>| all.extend(text.map(|text| Sentence { about, text }));
    say("Before", Some(one.before.as_ref().map_or("Not in the ledger.".to_owned(), before)));
    say("Now", Some(now(run, one)));
    say("Where", place(&one.after));
    say("Rule", Some(sentence(one.reason)));
    say("Query", query(one));
    say("Content", Some(content(one)));
    say("Sent", Some(sent(one)));
    all
}

/// The reason for the verdict; no rule is stored for an unchanged record.
pub(crate) fn reason(one: &Explanation) -> &'static str {
    let closed = one.after.status != FindingStatus::Open;
    let unseen = one.before.as_ref().is_some_and(|before| before.last_seen == one.after.last_seen);
    match (one.rule, one.verdict) {
        (Some(rule), _) => words::reason(rule),
        (None, Verdict::Unchanged) if closed && unseen => words::reason(Rule::AlreadyClosed),
        (None, _) => words::reason(Rule::Seen),
    }
}

fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn status(state: &LedgerState) -> String {
    let by = match state.closed_by {
        Some(ClosedBy::Vendor) => ", as reported by the vendor",
        Some(ClosedBy::Absence) => ", because it was absent",
        None => "",
    };
    let since = state.fixed_on.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
    match state.status {
        FindingStatus::Open => "open".to_owned(),
        FindingStatus::Fixed => format!("fixed{since}{by}"),
        FindingStatus::Irrelevant => format!("irrelevant{since}{by}"),
        FindingStatus::Gone => format!("gone{since}{by}"),
    }
}

fn missed(runs: u32) -> String {
    counted(u64::from(runs), "complete run", "complete runs in a row")
}

fn before(state: &LedgerState) -> String {
    let streak = match state.missing {
        0 => String::new(),
        runs => format!(" It had been missing for {}.", missed(runs)),
    };
    format!(
        "It was {}; last seen in run {}, first seen in run {}.{streak}",
        status(state),
        state.last_seen,
        state.first_seen
    )
}

fn now(run: &RunId, one: &Explanation) -> String {
    let after = &one.after;
    let seen = if after.last_seen == *run { "seen in this run" } else { "not seen in this run" };
    let streak = match after.missing {
        0 => String::new(),
        runs => format!(" It has now been missing for {}.", missed(runs)),
    };
    format!("It is {}; {seen}.{streak}", status(after))
}

fn place(state: &LedgerState) -> Option<String> {
    let site = state.site.as_ref().map(|site| format!("site {site:?}"));
    let category = state.category.as_ref().map(|category| format!("device category {category}"));
    let place: Vec<String> = site.into_iter().chain(category).collect();
    (!place.is_empty()).then(|| format!("Last seen at {}.", place.join(", ")))
}

fn query(one: &Explanation) -> Option<String> {
    let query = one.question.as_ref()?;
    let trust = if query.trusted {
        "The answer contains at least one of them, so it is trusted."
    } else {
        "The answer is not trusted."
    };
    Some(format!(
        "On {} the vendor was queried for {} and {} known to exist (query {}); {} came back. {trust}",
        time(query.at),
        counted(query.keys as u64, "missing record", "missing records"),
        counted(query.controls as u64, "record", "records"),
        query.number + 1,
        counted(query.rows, "row", "rows"),
    ))
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
        Some(sent) => format!("In batch {}, with all findings of its asset.", sent.delivery + 1),
    }
}
