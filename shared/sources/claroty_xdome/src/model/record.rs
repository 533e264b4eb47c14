//! One record as it is staged: key, status, scope, hash and body on one line.

use super::derived::push_finding_id;
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, Scope};
use causeway_maps::{format_date, json, parse_date};
use causeway_ports::Records;
use twox_hash::XxHash3_128;

/// What is known of a row before it is mapped; the records of one row share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing<'r> {
    pub(super) status: FindingStatus,
    pub(super) fixed_on: Option<String>,
    pub(super) scope: Scope<'r>,
    /// JSON of the vendor's ids: of the device, and of the vulnerability in the findings stream.
    pub(super) vendor_key: (&'r str, Option<&'r str>),
    pub(super) parts_read: PartsRead,
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
    // The map's row takes the first date of a list, too.
    let mut texts = json::elements(resolution?).flatten().filter_map(json::text_of);
    texts.find_map(|text| parse_date(&text)).map(format_date)
}

/// Scope of raw category, site and retired.
pub(super) fn scope<'r>(
    category: Option<&'r str>,
    site: Option<&'r str>,
    retired: Option<&'r str>,
) -> Scope<'r> {
    let text = |raw: Option<&'r str>| raw.and_then(json::text_of);
    let retired = retired.and_then(json::text_of);
    let retired = retired.and_then(|word| word.trim().to_ascii_lowercase().parse().ok());
    Scope { category: text(category), site: text(site), retired }
}

/// Writes the records of one row after the other. What they share is written once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Up to the finding.
    head: String,
    /// From the part to the hash.
    middle: String,
    /// What is hashed: status, date and body.
    content: String,
    /// Where the body begins in it.
    body: usize,
    finding: String,
}

impl Lines {
    /// Takes up a row of `asset`.
    pub(super) fn begin(&mut self, asset: &str, standing: &Standing<'_>) {
        let Self { head, middle, content, .. } = self;
        [&mut *head, middle, content].into_iter().for_each(String::clear);
        push_text_member(head, "{\"asset\":", asset);
        head.push_str(",\"finding\":");
        let status = match standing.status {
            FindingStatus::Open => "open",
            FindingStatus::Fixed => "fixed",
            FindingStatus::Irrelevant => "irrelevant",
        };
        push_text_member(middle, ",\"status\":", status);
        if let Some(fixed_on) = &standing.fixed_on {
            push_text_member(middle, ",\"fixed_on\":", fixed_on);
        }
        push_scope(middle, &standing.scope);
        push_vendor_key(middle, standing);
        middle.push_str(",\"hash\":\"");
        for line in [status, standing.fixed_on.as_deref().unwrap_or_default()] {
            content.push_str(line);
            content.push('\n');
        }
        self.body = content.len();
    }

    /// Where the next record's body, a JSON object on one line, is to be appended.
    pub(super) fn body(&mut self) -> &mut String {
        self.content.truncate(self.body);
        &mut self.content
    }

    /// Adds the record of `vulnerability` and `cve` with that body to `records`. Gives the length of its line.
    pub(super) fn end(
        &mut self,
        asset: &str,
        (vulnerability, cve): (&str, &str),
        part: usize,
        records: &mut Records,
    ) -> usize {
        self.finding.clear();
        push_finding_id(&mut self.finding, vulnerability, cve);
        let part = u16::try_from(part).unwrap_or(u16::MAX);
        let body = self.content.get(self.body..).unwrap_or_default();
        records.push_with((asset, &self.finding), part, |line| {
            line.push_str(&self.head);
            json::push_text(line, &self.finding);
            line.push_str(",\"part\":");
            match char::from_digit(u32::from(part), 10) {
                Some(digit) => line.push(digit),
                None => line.push_str(&part.to_string()),
            }
            line.push_str(&self.middle);
            push_hash(line, &self.content);
            line.push_str("\",\"body\":");
            line.push_str(body);
            line.push('}');
        })
    }
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

fn push_vendor_key(line: &mut String, standing: &Standing<'_>) {
    let (device, vulnerability) = standing.vendor_key;
    line.extend([",\"vendor_key\":[", device]);
    if let Some(vulnerability) = vulnerability {
        line.extend([",", vulnerability]);
    }
    line.push(']');
    match standing.parts_read {
        PartsRead::All => {}
        PartsRead::Some => line.push_str(",\"parts_read\":\"some\""),
        PartsRead::None => line.push_str(",\"parts_read\":\"none\""),
    }
}

/// Appends 32 hexadecimal digits over `content`. They only tell whether a record changed, so what counts is that they are
/// fast and that chance makes no two alike; nobody gains who makes them alike on purpose.
fn push_hash(line: &mut String, content: &str) {
    let mut digits = [0; 32];
    for (pair, byte) in
        digits.as_chunks_mut().0.iter_mut().zip(XxHash3_128::oneshot(content.as_bytes()).to_be_bytes())
    {
        let digit = |number: u8| number + if number < 10 { b'0' } else { b'a' - 10 };
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    line.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}

/// The first 32 of a digest's hexadecimal digits.
pub(super) fn short_hex(digest: &blake3::Hash) -> String {
    digest.to_hex().chars().take(32).collect()
}
