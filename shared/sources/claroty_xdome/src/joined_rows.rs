//! The rows of several answers, joined to one body with their own text.

use crate::endpoint::Endpoint;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A body that grows answer by answer.
pub(crate) struct JoinedRows {
    endpoint: &'static Endpoint,
    text: Vec<u8>,
}

impl JoinedRows {
    /// No rows of `endpoint` yet.
    pub(crate) fn new(endpoint: &'static Endpoint) -> Self {
        Self { endpoint, text: Vec::new() }
    }

    /// Adds the rows of an answer and returns them.
    ///
    /// # Errors
    /// `MalformedAnswer` when `body` is not the endpoint's list.
    pub(crate) fn add<'a>(&mut self, body: &'a [u8]) -> Result<Vec<&'a RawValue>, Failure> {
        let page: Page<'a> = serde_json::from_slice(body).map_err(|error| {
            Failure::new(FailureKind::MalformedAnswer, self.endpoint.subject(), error.to_string())
        })?;
        let rows = match self.endpoint.rows {
            "devices" => page.devices,
            _ => page.devices_vulnerabilities,
        };
        let rows = rows.unwrap_or_default();
        rows.iter().for_each(|row| self.push(row.get()));
        Ok(rows)
    }

    /// Adds one row, as JSON.
    pub(crate) fn push(&mut self, row: &str) {
        if !self.text.is_empty() {
            self.text.push(b',');
        }
        self.text.extend_from_slice(row.as_bytes());
    }

    /// Bytes of the rows so far.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// One body in the shape of an answer, with the vendor's `count` if it is known.
    pub(crate) fn into_body(self, count: Option<u64>) -> Bytes {
        let count = count.map(|count| format!("\"count\":{count},")).unwrap_or_default();
        let mut body = format!("{{{count}\"{}\":[", self.endpoint.rows).into_bytes();
        body.extend_from_slice(&self.text);
        body.extend_from_slice(b"]}");
        Bytes::from(body)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default, borrow)]
    devices: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    devices_vulnerabilities: Option<Vec<&'a RawValue>>,
}
