//! Reading one sorted run: objects one after the other, line by line.

use crate::ndjson;
use crate::store::damaged;
use bytes::Bytes;
use causeway_domain::{Failure, FindingKey};
use causeway_ports::Objects;
use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use std::collections::VecDeque;
use std::fmt;

/// A line and its key.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    pub(crate) key: FindingKey,
    pub(crate) line: Bytes,
}

/// A position in a sequence of objects whose lines are sorted by key.
pub(crate) struct Cursor {
    waiting: VecDeque<String>,
    current: Bytes,
    at: usize,
    name: String,
    last: Option<FindingKey>,
}

impl Cursor {
    /// Before the first line of the first of `keys`.
    pub(crate) fn new(keys: impl IntoIterator<Item = String>) -> Self {
        let waiting = keys.into_iter().collect();
        Self { waiting, current: Bytes::new(), at: 0, name: String::new(), last: None }
    }

    /// The next line, or `None` after the last.
    ///
    /// # Errors
    /// `StoreDamaged` when a line cannot be read or the order is broken.
    pub(crate) async fn next(&mut self, objects: &dyn Objects) -> Result<Option<Keyed>, Failure> {
        loop {
            let rest = self.current.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                let Some(key) = self.waiting.pop_front() else { return Ok(None) };
                self.current = ndjson::get(objects, &key).await?;
                (self.at, self.name) = (0, key);
                continue;
            }
            let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let line = self.current.slice(self.at..self.at + length);
            self.at = (self.at + length + 1).min(self.current.len());
            if !line.is_empty() {
                return self.keyed(line).map(Some);
            }
        }
    }

    fn keyed(&mut self, line: Bytes) -> Result<Keyed, Failure> {
        let key = key_of(&line).map_err(|error| damaged(&self.name, &error))?;
        if self.last.as_ref().is_some_and(|last| *last > key) {
            return Err(damaged(&self.name, "its records are not in key order"));
        }
        self.last = Some(key.clone());
        Ok(Keyed { key, line })
    }
}

/// Reads the key at the front of a line and stops there. A merge looks at every line of the ledger, and the body behind
/// the key is by far the longest part; whoever uses the record reads it then.
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
    use super::key_of;

    #[test]
    fn the_key_is_read_and_a_line_without_one_is_damaged() {
        let key = key_of(br#"{"asset":"a\u0041","finding":"v:1","body":{"cut off"#).unwrap();
        assert_eq!((key.asset.as_str(), key.finding.as_str()), ("aA", "v:1"));
        assert!(key_of(br#"{"finding":"v"}"#).is_err());
        assert!(key_of(b"[]").is_err());
        assert!(key_of(b"").is_err());
    }
}
