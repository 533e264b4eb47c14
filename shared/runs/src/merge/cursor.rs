//! Reading one sorted run: objects one after the other, line by line.

use crate::ndjson;
use crate::store::damaged;
use bytes::Bytes;
use causeway_domain::{Failure, FindingKey};
use causeway_ports::Objects;
use serde::Deserialize;
use std::collections::VecDeque;

/// A line and its key.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    pub(crate) key: FindingKey,
    pub(crate) line: Bytes,
}

/// The part of a staged or ledger line that orders it.
#[derive(Deserialize)]
struct KeyOnly {
    asset: String,
    #[serde(default)]
    finding: String,
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
        let parsed: KeyOnly =
            serde_json::from_slice(&line).map_err(|error| damaged(&self.name, &error.to_string()))?;
        let key = FindingKey { asset: parsed.asset, finding: parsed.finding };
        if self.last.as_ref().is_some_and(|last| *last > key) {
            return Err(damaged(&self.name, "its records are not in key order"));
        }
        self.last = Some(key.clone());
        Ok(Keyed { key, line })
    }
}
