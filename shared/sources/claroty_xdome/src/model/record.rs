//! One record as it is staged: key, status, scope, hash and body on one line.

use causeway_domain::{FindingKey, FindingStatus, Scope};
use causeway_maps::{format_date, json, parse_date};
use causeway_ports::source::TransformedRecord;

/// What is known of a row before it is mapped; the records of one row share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: FindingStatus,
    pub(super) fixed_on: Option<String>,
    pub(super) scope: Scope<'static>,
}

/// The status behind a `vulnerability_relevance`. The vendor's four words are `Confirmed`, `Potentially Relevant`,
/// `Fixed` and `Irrelevant`; what is not known is open.
pub(super) fn status(relevance: Option<&str>) -> FindingStatus {
    let text = relevance.and_then(json::text_of).unwrap_or_default();
    let word = text.trim();
    if word.eq_ignore_ascii_case("Fixed") {
        FindingStatus::Fixed
    } else if word.eq_ignore_ascii_case("Irrelevant") {
        FindingStatus::Irrelevant
    } else {
        FindingStatus::Open
    }
}

/// RFC 3339 of a `device_vulnerability_resolution_date`, when the finding is closed.
pub(super) fn fixed_on(status: FindingStatus, resolution: Option<&str>) -> Option<String> {
    if status == FindingStatus::Open {
        return None;
    }
    let text = resolution.and_then(json::text_of)?;
    parse_date(&text).map(format_date)
}

/// Scope of raw category, site and retired.
pub(super) fn scope(category: Option<&str>, site: Option<&str>, retired: Option<&str>) -> Scope<'static> {
    let text = |raw: Option<&str>| raw.and_then(json::text_of).map(|text| text.into_owned().into());
    let retired = retired.and_then(json::text_of);
    let retired = retired.and_then(|word| word.trim().to_ascii_lowercase().parse().ok());
    Scope { category: text(category), site: text(site), retired }
}

/// The record of `key`; `body` is a JSON object on one line.
pub(super) fn stage(key: FindingKey, part: u16, standing: &Standing, body: &str) -> TransformedRecord {
    let status = match standing.status {
        FindingStatus::Open => "open",
        FindingStatus::Fixed => "fixed",
        FindingStatus::Irrelevant => "irrelevant",
    };
    let fixed_on = standing.fixed_on.as_deref();
    let mut line = String::with_capacity(body.len() + 256);
    push_text_member(&mut line, "{\"asset\":", &key.asset);
    push_text_member(&mut line, ",\"finding\":", &key.finding);
    line.push_str(",\"part\":");
    line.push_str(&part.to_string());
    push_text_member(&mut line, ",\"status\":", status);
    if let Some(fixed_on) = fixed_on {
        push_text_member(&mut line, ",\"fixed_on\":", fixed_on);
    }
    push_scope(&mut line, &standing.scope);
    push_text_member(&mut line, ",\"hash\":", &content_hash(status, fixed_on, body));
    line.push_str(",\"body\":");
    line.push_str(body);
    line.push('}');
    TransformedRecord { key, scope: standing.scope.clone(), part, line }
}

fn push_text_member(line: &mut String, name: &str, text: &str) {
    line.push_str(name);
    json::push_text(line, text);
}

fn push_scope(line: &mut String, scope: &Scope<'_>) {
    let mut before = "{";
    line.push_str(",\"scope\":");
    for (name, text) in [("\"category\":", &scope.category), ("\"site\":", &scope.site)] {
        if let Some(text) = text {
            line.push_str(before);
            push_text_member(line, name, text);
            before = ",";
        }
    }
    if let Some(retired) = scope.retired {
        line.push_str(before);
        line.push_str(if retired { "\"retired\":true" } else { "\"retired\":false" });
        before = ",";
    }
    line.push_str(if before == "{" { "{}" } else { "}" });
}

/// 32 hexadecimal digits over status, date and body.
fn content_hash(status: &str, fixed_on: Option<&str>, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(status.as_bytes()).update(b"\n");
    hasher.update(fixed_on.unwrap_or_default().as_bytes()).update(b"\n");
    hasher.update(body.as_bytes());
    short_hex(&hasher.finalize())
}

/// The first 32 of a digest's hexadecimal digits.
pub(super) fn short_hex(digest: &blake3::Hash) -> String {
    digest.to_hex().chars().take(32).collect()
}
