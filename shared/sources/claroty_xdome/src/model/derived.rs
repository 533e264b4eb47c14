//! Fields that are made of what the wire has.

use causeway_maps::{Inputs, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// `ip_list` entries may end in ` / (Last Known IP)` or ` / <child device id>`. Entries stay in their places, because
/// the lists of a device have one entry per network card.
pub(super) fn ipv4_list(inputs: &Inputs<'_>, out: &mut String) {
    let Some(raw) = inputs.get(0) else { return };
    let mut before = '[';
    for entry in json::elements(raw) {
        out.push(before);
        before = ',';
        match entry.and_then(ipv4) {
            Some(address) => json::push_text(out, &address.to_string()),
            None => out.push_str("null"),
        }
    }
    out.push_str(if before == '[' { "[]" } else { "]" });
}

fn ipv4(entry: &str) -> Option<Ipv4Addr> {
    let text = json::text_of(entry)?;
    let address = text.split_once(" /").map_or(text.as_ref(), |(address, _)| address);
    address.trim().parse().ok()
}

/// Different CVEs of a `vulnerability_cve_ids`, trimmed and in capitals, in the vendor's order.
pub(super) fn cves(raw: Option<&str>) -> Vec<String> {
    let (mut cves, mut known) = (Vec::new(), BTreeSet::new());
    for entry in raw.map(json::elements).unwrap_or_default() {
        let Some(text) = entry.and_then(json::text_of) else { continue };
        let cve = text.trim().to_uppercase();
        if !cve.is_empty() && known.insert(cve.clone()) {
            cves.push(cve);
        }
    }
    cves
}

/// Id of the finding that `part`, a CVE or nothing, makes of the vendor's `vulnerability`.
pub(super) fn finding_id(vulnerability: &str, part: &str) -> String {
    if part.is_empty() { vulnerability.to_owned() } else { format!("{vulnerability}:{part}") }
}

pub(super) fn finding_id_field(inputs: &Inputs<'_>, out: &mut String) {
    if let Some(vulnerability) = inputs.get(0).and_then(id) {
        json::push_text(out, &finding_id(&vulnerability, inputs.part()));
    }
}

pub(super) fn cve_field(inputs: &Inputs<'_>, out: &mut String) {
    if !inputs.part().is_empty() {
        json::push_text(out, inputs.part());
    }
}

/// `vulnerability_sources` is a list of `{name, url}`; not every source has an address.
pub(super) fn references(inputs: &Inputs<'_>, out: &mut String) {
    let Some(raw) = inputs.get(0) else { return };
    let mut before = '[';
    for source in json::elements(raw).into_iter().flatten() {
        let Some(url) = json::member(source, "url").filter(|url| !json::is_blank(url)) else { continue };
        out.push(before);
        before = ',';
        out.push_str(url);
    }
    out.push_str(if before == '[' { "[]" } else { "]" });
}

/// An id: a text that is not blank, or a number as text. Anything else cannot be a key.
pub(super) fn id(raw: &str) -> Option<String> {
    let readable = raw.starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit());
    let text = readable.then(|| json::text_of(raw)).flatten()?;
    (!text.trim().is_empty()).then(|| text.into_owned())
}
