//! Deep links. The API returns none and the vendor publishes no page paths, so they are built from templates.

use super::derived::id;
use causeway_maps::{Inputs, json};
use url::Url;

/// A template with the dashboard's address filled in.
#[derive(Debug, Clone)]
pub(super) struct Link(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Escaped for a JSON string.
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
            pieces.push(Piece::new(text));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(Piece::new(rest));
        Some(Self(pieces))
    }

    /// Writes the link; nothing if an id it needs is missing. Reads `vulnerability_id`, then `device_uid`.
    pub(super) fn write(&self, inputs: &Inputs<'_>, out: &mut String) {
        let start = out.len();
        out.push('"');
        for piece in &self.0 {
            let id = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::VulnerabilityId => inputs.get(0).and_then(id),
                Piece::DeviceUid => inputs.get(1).and_then(id),
            };
            let Some(id) = id else { return out.truncate(start) };
            push_encoded(out, &id);
        }
        out.push('"');
    }
}

impl Piece {
    fn new(text: &str) -> Self {
        let mut quoted = String::new();
        json::push_text(&mut quoted, text);
        let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Self::Text(inside.unwrap_or_default().to_owned())
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
    let reserved = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    let mut rest = text;
    // Like `json::push_text`: nearly all ids need no encoding.
    let any = text.bytes().fold(false, |any, byte| any | reserved(byte));
    while any && let Some(at) = rest.bytes().position(reserved) {
        let (clean, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        link.push_str(clean);
        let mut letters = tail.chars();
        let bytes = letters.next().map_or(0, char::len_utf8);
        tail.bytes().take(bytes).for_each(|byte| link.push_str(&format!("%{byte:02X}")));
        rest = letters.as_str();
    }
    link.push_str(rest);
}
