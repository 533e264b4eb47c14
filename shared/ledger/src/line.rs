//! A line of a sorted list with its key.
//!
//! A merge looks at every line, and the body behind the key is by far the longest part. So the key is read where it stands,
//! and whoever uses the record reads the rest then.

use crate::name;
use bytes::Bytes;
use causeway_domain::FindingKey;
use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

/// A line and its key. Lines are ordered by key.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its text, without line end.
    pub text: Bytes,
    key: Key,
}

#[derive(Debug, Clone)]
enum Key {
    /// Where asset and finding stand in the text, without an escape in them.
    InText { asset: Range<usize>, finding: Range<usize> },
    /// As it had to be read.
    Read(Box<FindingKey>),
}

impl Line {
    /// The line `text`.
    ///
    /// # Errors
    /// What is wrong with its key.
    pub fn read(text: Bytes) -> Result<Self, String> {
        let key = match in_text(&text) {
            Some(key) => key,
            None => Key::Read(Box::new(key_of(&text)?)),
        };
        Ok(Self { text, key })
    }

    /// Asset id.
    pub fn asset(&self) -> &str {
        match &self.key {
            Key::InText { asset, .. } => self.part(asset),
            Key::Read(key) => &key.asset,
        }
    }

    /// Finding id; empty for the asset itself.
    pub fn finding(&self) -> &str {
        match &self.key {
            Key::InText { finding, .. } => self.part(finding),
            Key::Read(key) => &key.finding,
        }
    }

    /// The key, to keep.
    pub fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset().to_owned(), finding: self.finding().to_owned() }
    }

    /// How its key compares with another's.
    pub fn cmp_line(&self, other: &Self) -> Ordering {
        self.asset().cmp(other.asset()).then_with(|| self.finding().cmp(other.finding()))
    }

    /// How its key compares with `key`.
    pub fn cmp_key(&self, key: &FindingKey) -> Ordering {
        self.asset().cmp(&key.asset).then_with(|| self.finding().cmp(&key.finding))
    }

    /// The text behind the key, from the comma on; empty where the key was not read in place.
    pub fn behind_key(&self) -> usize {
        match &self.key {
            Key::InText { finding, .. } => finding.end + 1,
            Key::Read(_) => self.text.len(),
        }
    }

    fn part(&self, range: &Range<usize>) -> &str {
        let bytes = self.text.get(range.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// The key of a line as this program writes it, if its ids are plain ASCII.
fn in_text(text: &[u8]) -> Option<Key> {
    let asset = plain(text, 0, name::ASSET)?;
    let finding = plain(text, asset.end + 1, name::FINDING)?;
    Some(Key::InText { asset, finding })
}

/// Where the string stands that comes at `start` behind `name`, if nothing in it needs decoding or doubt.
fn plain(text: &[u8], start: usize, name: &[u8]) -> Option<Range<usize>> {
    let string = text.get(start..)?.strip_prefix(name)?.strip_prefix(b"\"")?;
    let end = string.iter().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'))?;
    let begin = start + name.len() + 1;
    (string.get(end) == Some(&b'"')).then_some(begin..begin + end)
}

/// Reads the key at the front of a line and stops there.
fn key_of(line: &[u8]) -> Result<FindingKey, String> {
    let mut key = None;
    let read = serde_json::Deserializer::from_slice(line).deserialize_map(KeyAtFront(&mut key));
    match (key, read) {
        (Some(key), _) => Ok(key),
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(())) => Err("a record without a key".to_owned()),
    }
}

struct KeyAtFront<'k>(&'k mut Option<FindingKey>);

impl<'de> Visitor<'de> for KeyAtFront<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record that begins with its key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut asset = None;
        while let Some(name) = map.next_key::<&str>()? {
            match name {
                "asset" => asset = Some(map.next_value()?),
                "finding" => {
                    let finding = map.next_value()?;
                    *self.0 = asset.map(|asset| FindingKey { asset, finding });
                    // Not a failure: the rest of the line is not wanted.
                    return Err(A::Error::custom("the key was read"));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Err(A::Error::custom("no `asset` and `finding`"))
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use bytes::Bytes;

    fn line(text: &'static str) -> Result<Line, String> {
        Line::read(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn the_key_is_read_and_a_line_without_one_is_damaged() {
        let read = line(r#"{"asset":"a\u0041","finding":"v:1","body":{"cut off"#).unwrap();
        assert_eq!((read.asset(), read.finding()), ("aA", "v:1"));
        assert_eq!(read.behind_key(), read.text.len());
        let plain = line(r#"{"asset":"aA","finding":"","body":{"cut off"#).unwrap();
        assert_eq!((plain.asset(), plain.finding()), ("aA", ""));
        assert_eq!(&plain.text[plain.behind_key()..], br#","body":{"cut off"#);
        let umlaut = line("{\"asset\":\"\u{fc}\",\"finding\":\"v\"}").unwrap();
        assert_eq!(umlaut.key().asset, "\u{fc}");
        for damaged in [r#"{"finding":"v"}"#, "[]", "", "{\"asset\":\"a\",\"finding\":\"\n\"}"] {
            assert!(line(damaged).is_err(), "{damaged:?}");
        }
    }
}
