//! Keeps secrets out of texts about a response (I-12). A server may repeat a secret escaped, wrapped or in part, so
//! texts are decoded first, and parts of a secret are searched for.

use crate::shortened;
use causeway_ports::SecretText;
use secrecy::ExposeSecret;
use std::collections::BTreeSet;
use std::ops::Range;

/// Replaces a secret.
const MASKED: &str = "(token)";
/// Length of a substring that gives a secret away; shorter for a short secret.
const TELLING: usize = 12;
/// Factor by which the searched part of a text exceeds the part that is kept.
const LOOKED_AT: usize = 16;
/// Levels of nested escapes that are decoded.
const ROUNDS: usize = 4;

/// The secrets that a response may repeat.
#[derive(Default)]
pub struct Mask(Vec<Pattern>);

/// All substrings of a secret that are long enough to give it away, in lower case, as host names arrive.
struct Pattern {
    length: usize,
    parts: BTreeSet<Vec<char>>,
}

impl Mask {
    /// Hides `secrets`.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a SecretText>) -> Self {
        Self(secrets.into_iter().filter_map(|secret| Pattern::of(secret.expose_secret())).collect())
    }

    /// `text` on one line of at most `limit` characters, without the secrets.
    pub fn line(&self, text: &str, limit: usize) -> String {
        let cut = text.char_indices().nth(limit.saturating_mul(LOOKED_AT)).map_or(text.len(), |(at, _)| at);
        shortened(&self.hide(text.get(..cut).unwrap_or(text)), limit)
    }

    /// `text` unchanged if it contains no secret in any form; otherwise decoded and without the secrets.
    fn hide(&self, text: &str) -> String {
        let plain = decoded(text);
        let found = self.found(&plain);
        if found.is_empty() {
            return text.to_owned();
        }
        let (mut harmless, mut rest) = (String::new(), 0);
        for Range { start, end } in found {
            harmless.push_str(plain.get(rest..start).unwrap_or_default());
            harmless.push_str(MASKED);
            rest = end;
        }
        harmless.push_str(plain.get(rest..).unwrap_or_default());
        harmless
    }

    /// Positions of secrets in `plain`, in order and without overlaps. White space and invisible characters inside a secret
    /// do not hide it.
    fn found(&self, plain: &str) -> Vec<Range<usize>> {
        let seen: Vec<(usize, char)> = plain.char_indices().filter(|(_, c)| is_visible(*c)).collect();
        let letters: Vec<char> = seen.iter().map(|(_, c)| c.to_ascii_lowercase()).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        for pattern in &self.0 {
            for (start, part) in letters.windows(pattern.length).enumerate() {
                let last = seen.get(start + pattern.length - 1);
                let (Some((from, _)), Some((to, c))) = (seen.get(start), last) else { continue };
                if pattern.parts.contains(part) {
                    found.push(*from..to + c.len_utf8());
                }
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        found.into_iter().fold(Vec::new(), |mut apart: Vec<Range<usize>>, range| {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
            apart
        })
    }
}

impl Pattern {
    fn of(secret: &str) -> Option<Self> {
        let secret: Vec<char> =
            secret.chars().filter(|c| is_visible(*c)).map(|c| c.to_ascii_lowercase()).collect();
        // Half of a short secret. Half of a very short one would match ordinary text by chance.
        let length = (secret.len() / 2).clamp(secret.len().min(6), TELLING);
        let parts = secret.windows(length.max(1)).map(<[char]>::to_vec).collect();
        (length > 0).then_some(Self { length, parts })
    }
}

fn is_visible(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    !c.is_whitespace() && !c.is_control() && !invisible
}

/// `text` without the escapes of JSON, addresses and HTML.
fn decoded(text: &str) -> String {
    let mut plain = text.to_owned();
    for _ in 0..ROUNDS {
        let simpler = decoded_once(&plain);
        if simpler == plain {
            break;
        }
        plain = simpler;
    }
    plain
}

fn decoded_once(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['\\', '%', '&']) {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let (c, after) = unescaped(escape).unwrap_or_else(|| {
            let mut chars = escape.chars();
            (chars.next().unwrap_or_default(), chars.as_str())
        });
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The character that `escape` begins with, and the rest.
fn unescaped(escape: &str) -> Option<(char, &str)> {
    let of_digits = |rest: &'_ str, count: usize| {
        let code = u32::from_str_radix(rest.get(..count)?, 16).ok()?;
        char::from_u32(code)
    };
    if let Some(rest) = escape.strip_prefix("\\u") {
        return Some((of_digits(rest, 4)?, rest.get(4..)?));
    }
    if let Some(rest) = escape.strip_prefix("\\x").or_else(|| escape.strip_prefix('%')) {
        return Some((of_digits(rest, 2)?, rest.get(2..)?));
    }
    if let Some(rest) = escape.strip_prefix("&#") {
        let (number, after) = rest.split_once(';')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((char::from_u32(code)?, after));
    }
    let rest = escape.strip_prefix('\\')?;
    let c = rest.chars().next().filter(|c| matches!(c, '/' | '\\' | '"'))?;
    Some((c, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use causeway_ports::SecretText;

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcGktdXNlciJ9.c2lnbmF0dXJlLW9mLXRoaXM";

    fn masked(text: &str) -> String {
        Mask::of([&SecretText::from(JWT)]).line(text, 300)
    }

    #[test]
    fn a_secret_is_found_however_it_is_repeated() {
        let json: String = JWT.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
        let twice = json.replace('\\', "\\\\");
        let percent: String = JWT.bytes().map(|b| format!("%{b:02X}")).collect();
        let html: String = JWT.chars().map(|c| format!("&#{};", c as u32)).collect();
        let spaced: String = JWT.chars().flat_map(|c| [c, ' ']).collect();
        let hidden: String = JWT.chars().flat_map(|c| ['\u{200b}', c]).collect();
        let (short, end) = (&JWT[..JWT.len() - 1], &JWT[1..]);
        let upper = JWT.to_uppercase();
        for told in [JWT, &json, &twice, &percent, &html, &spaced, &hidden, short, end, &upper] {
            let text = masked(&format!("token {told} is not valid"));
            assert_eq!(text.replace([' ', '\u{200b}'], ""), "token(token)isnotvalid", "{told}");
        }
        let two = masked(&format!("{} and {}", &JWT[..30], &JWT[40..]));
        assert_eq!(two, "(token) and (token)");
    }

    #[test]
    fn a_cut_secret_leaves_nothing_that_tells() {
        let text = masked(&format!("{} {JWT}", "x".repeat(270)));
        assert!(!text.contains("eyJ"), "{text}");
        let far = masked(&format!("{}{JWT}", " ".repeat(300 * 16 - 5)));
        assert_eq!(far, JWT[..5]);
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["100 % of \\d+ & more; %zz \\u12", "hostName is missing", "eyJhbGciOi", ""] {
            assert_eq!(masked(text), text);
        }
        assert_eq!(Mask::default().line("a\nb", 10), "a b");
        let short =
            Mask::of(&[SecretText::from("pw"), SecretText::from("hunter2-cached"), SecretText::from("")]);
        assert_eq!(short.line("pw of hunter2 for h", 99), "(token) of (token) for h");
    }
}
