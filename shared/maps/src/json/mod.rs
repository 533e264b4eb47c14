//! JSON as text: copied, inspected and written without building values.

mod cutter;
mod list;

pub use cutter::{Cut, Cutter};
pub use list::Elements;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Appends `text` as a JSON string.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let escaped = |byte: u8| (byte == b'"') | (byte == b'\\') | (byte < b' ') | (byte == 0x7f);
    let mut rest = text;
    // Without an early exit the loop compiles to a few vector instructions, and texts with escapes are rare.
    let any = text.bytes().fold(false, |any, byte| any | escaped(byte));
    while any && let Some(at) = rest.bytes().position(escaped) {
        let Some((clean, tail)) = rest.split_at_checked(at) else { break };
        out.push_str(clean);
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some(control) => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends a value as [`push_raw`] does.
#[inline]
pub fn push_cut(out: &mut String, cut: Cut<'_>) {
    if cut.is_verbatim() {
        out.push_str(cut.text);
    } else {
        push_raw(out, cut.text);
    }
}

/// Appends the JSON `raw` on one line and as valid text for any reader: drops white space between tokens, and replaces
/// half of a surrogate pair, which no UTF-8 reader accepts, with U+FFFD.
pub fn push_raw(out: &mut String, raw: &str) {
    let start = out.len();
    if raw.starts_with(['[', '{']) {
        push_compact(out, raw);
    } else {
        out.push_str(raw);
    }
    if has_backslash(raw) && raw.contains("\\u") {
        let mended = mend_surrogates(out.get(start..).unwrap_or_default());
        if let Some(mended) = mended {
            out.truncate(start);
            out.push_str(&mended);
        }
    }
}

fn push_compact(out: &mut String, raw: &str) {
    let (mut in_text, mut escaped, mut from) = (false, false, 0);
    for (at, byte) in raw.bytes().enumerate() {
        if in_text {
            (in_text, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
        } else if byte == b'"' {
            in_text = true;
        } else if byte.is_ascii_whitespace() {
            out.push_str(raw.get(from..at).unwrap_or_default());
            from = at + 1;
        }
    }
    out.push_str(raw.get(from..).unwrap_or_default());
}

/// The text with every unpaired `\ud8xx`…`\udfxx` replaced; `None` when there is none.
fn mend_surrogates(raw: &str) -> Option<String> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = raw.get(at..).and_then(|rest| rest.find('\\')) {
        let here = at + found;
        let unit = unit_at(raw, here);
        at = here + if unit.is_some() { 6 } else { 2 };
        match unit {
            Some(0xD800..=0xDBFF) if matches!(unit_at(raw, at), Some(0xDC00..=0xDFFF)) => at += 6,
            Some(0xD800..=0xDFFF) => {
                mended.push_str(raw.get(copied..here)?);
                mended.push_str("\\ufffd");
                copied = at;
            }
            _ => {}
        }
    }
    if copied == 0 {
        return None;
    }
    mended.push_str(raw.get(copied..)?);
    Some(mended)
}

/// The code unit of the escape, `\u` and four digits, that starts at `at`.
fn unit_at(raw: &str, at: usize) -> Option<u32> {
    let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

/// A string's content, or the text of a number or boolean; `None` for `null`, lists and objects.
pub fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' if !has_backslash(raw) => {
            raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(Cow::Borrowed)
        }
        b'"' => {
            let mut mended = String::new();
            push_raw(&mut mended, raw);
            serde_json::from_str(&mended).ok().map(Cow::Owned)
        }
        b'n' | b'[' | b'{' => None,
        _ => Some(Cow::Borrowed(raw)),
    }
}

fn has_backslash(raw: &str) -> bool {
    raw.bytes().fold(false, |any, byte| any | (byte == b'\\'))
}

/// Whether lists and objects in `raw` are nested in more than `levels`.
pub(crate) fn is_deeper_than(levels: usize, raw: &str) -> bool {
    if !raw.starts_with(['[', '{']) {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in raw.bytes() {
        match byte {
            _ if in_text => (in_text, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\'),
            b'"' => in_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > levels {
            return true;
        }
    }
    false
}

/// Whether `raw` has no value: `null`, an empty text, or a list without a value in it.
#[inline]
pub fn is_blank(raw: &str) -> bool {
    match raw.as_bytes() {
        [b'[', ..] => is_blank_list(raw),
        bytes => matches!(bytes, b"" | b"null" | b"\"\""),
    }
}

fn is_blank_list(raw: &str) -> bool {
    let mut rest = raw.strip_prefix('[').unwrap_or(raw).trim_start();
    while let Some(after) = rest.strip_prefix("null") {
        let after = after.trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    rest == "]"
}

/// The elements of a list, `None` for each `null`; any other value counts as a list of one. `raw` must be JSON: an
/// invalid list may end early.
pub fn elements(raw: &str) -> Elements<'_> {
    Elements::of(Cut::unknown(raw))
}

/// The same for a value that is already cut.
pub(crate) fn elements_of(cut: Cut<'_>) -> Elements<'_> {
    Elements::of(cut)
}

/// `raw` unless it is `null`.
pub fn not_null(raw: &str) -> Option<&str> {
    (raw != "null").then_some(raw)
}

/// The member `name` of an object; the last one if there are several.
pub fn member<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    if !raw.starts_with('{') {
        return None;
    }
    if let Some(found) = cut_member(raw, name) {
        return found;
    }
    let found = serde_json::Deserializer::from_str(raw).deserialize_map(Member(name)).ok()?;
    found.and_then(|value| not_null(value.get()))
}

/// The same for an object that can be cut.
fn cut_member<'a>(raw: &'a str, name: &str) -> Option<Option<&'a str>> {
    let mut cutter = Cutter::new(raw);
    let mut found = None;
    if !cutter.take(b'{') {
        return None;
    }
    if cutter.take(b'}') {
        return Some(None);
    }
    loop {
        let same = cutter.name()? == name;
        let value = cutter.value()?;
        if same {
            found = not_null(value.text);
        }
        if cutter.take(b'}') {
            return Some(found);
        }
        if !cutter.take(b',') {
            return None;
        }
    }
}

struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(same) = map.next_key_seed(Same(self.0))? {
            if same {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct Same<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Same<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests;
