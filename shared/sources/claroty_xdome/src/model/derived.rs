//! Fields derived from those on the wire.

use causeway_maps::{Inputs, json};
use std::borrow::Cow;

/// Appends the id of a finding: the vendor's `vulnerability`, and `part`, a CVE or nothing. Never taken apart again, because a
/// vulnerability may contain a colon; the vendor's own key is kept next to it.
pub(super) fn push_finding_id(out: &mut String, vulnerability: &str, part: &str) {
    let between = if part.is_empty() { "" } else { ":" };
    out.extend([vulnerability, between, part]);
}

pub(super) fn finding_id_field(inputs: &Inputs<'_>, out: &mut String) {
    if let Some(vulnerability) = inputs.get(0).and_then(id) {
        let mut text = String::new();
        push_finding_id(&mut text, &vulnerability, inputs.part());
        json::push_text(out, &text);
    }
}

pub(super) fn cve_field(inputs: &Inputs<'_>, out: &mut String) {
    if !inputs.part().is_empty() {
        json::push_text(out, inputs.part());
    }
}

/// `vulnerability_sources` is a list of `{name, url}`; not every source has an address. A text counts as the address.
pub(super) fn references(inputs: &Inputs<'_>, out: &mut String) {
    let Some(raw) = inputs.get(0) else { return };
    let mut before = '[';
    for source in json::elements(raw).flatten() {
        let url = match source.as_bytes().first() {
            Some(b'{') => json::member(source, "url").filter(|url| !json::is_blank(url)),
            _ if json::is_blank(source) => None,
            _ => {
                let url = Some(source).filter(|text| is_address(text));
                inputs.count_unreadable(u32::from(url.is_none()));
                url
            }
        };
        let Some(url) = url else { continue };
        out.push(before);
        before = ',';
        out.push_str(url);
    }
    out.push_str(if before == '[' { "[]" } else { "]" });
}

/// Whether the JSON `raw` is a text with an address; a `/` may be escaped.
fn is_address(raw: &str) -> bool {
    raw.starts_with('"') && json::text_of(raw).is_some_and(|text| text.contains("://"))
}

/// An id: a text that is not blank, or a number as text. Anything else cannot be a key.
pub(super) fn id(raw: &str) -> Option<Cow<'_, str>> {
    let readable = raw.starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit());
    let text = readable.then(|| json::text_of(raw)).flatten()?;
    (!text.trim().is_empty()).then_some(text)
}
