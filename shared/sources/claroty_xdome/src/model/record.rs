//! Attributes of a row that are read with every map: status, date and scope.

use causeway_domain::{FindingStatus, Scope};
use causeway_maps::{format_date, json, parse_date};

/// The status behind a `vulnerability_relevance`. The vendor's four words are `Confirmed`, `Potentially Relevant`,
/// `Fixed` and `Irrelevant`; any other word is open.
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

/// RFC 3339 of a `device_vulnerability_resolution_date` if the finding is closed.
pub(super) fn fixed_on(status: FindingStatus, resolution: Option<&str>) -> Option<String> {
    if status == FindingStatus::Open {
        return None;
    }
    // Like the map's row, takes the first date of a list.
    let mut texts = json::elements(resolution?).flatten().filter_map(json::text_of);
    texts.find_map(|text| parse_date(&text)).map(format_date)
}

/// The scope with this raw category, site and retired flag.
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

/// The first 32 hexadecimal digits of a digest.
pub(super) fn short_hex(digest: &blake3::Hash) -> String {
    digest.to_hex().chars().take(32).collect()
}
