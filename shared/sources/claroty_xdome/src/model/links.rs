//! Deep links. The API returns none and the vendor publishes no page paths, so they are made of templates.

use super::derived::id;
use causeway_maps::{Inputs, json};
use url::Url;

/// A template with the dashboard's address filled in.
#[derive(Debug, Clone)]
pub(super) struct Link(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    VulnerabilityId,
    DeviceUid,
}

impl Link {
    /// `None` without a dashboard.
    pub(super) fn new(template: &str, dashboard: Option<&Url>) -> Option<Self> {
        let base = dashboard?.as_str().trim_end_matches('/');
        let template = template.replace("{dashboard_url}", base);
        let mut pieces = Vec::new();
        let mut rest = template.as_str();
        while let Some((text, piece, after)) = next_placeholder(rest) {
            pieces.push(Piece::Text(text.to_owned()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(Self(pieces))
    }

    /// Writes the link; nothing when an id it needs is missing. Reads `vulnerability_id`, then `device_uid`.
    pub(super) fn write(&self, inputs: &Inputs<'_>, out: &mut String) {
        let mut link = String::new();
        for piece in &self.0 {
            let id = match piece {
                Piece::Text(text) => {
                    link.push_str(text);
                    continue;
                }
                Piece::VulnerabilityId => inputs.get(0).and_then(id),
                Piece::DeviceUid => inputs.get(1).and_then(id),
            };
            let Some(id) = id else { return };
            push_encoded(&mut link, &id);
        }
        json::push_text(out, &link);
    }
}

fn next_placeholder(template: &str) -> Option<(&str, Piece, &str)> {
    let known = [("{vulnerability_id}", Piece::VulnerabilityId), ("{device_uid}", Piece::DeviceUid)];
    let found = known.into_iter().filter_map(|(name, piece)| {
        let (text, after) = template.split_once(name)?;
        Some((text, piece, after))
    });
    found.min_by_key(|(text, ..)| text.len())
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn push_encoded(link: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
}
