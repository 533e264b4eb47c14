//! A request as it arrived at the relay.

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// Time on the injected clock.
    pub at: Timestamp,
    /// Method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Call {
    /// Path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The text of a header; empty without it.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default()
    }

    /// The token in a header, without its scheme; empty without the header.
    pub fn token(&self, header: &str) -> String {
        let text = self.header(header);
        text.split_once(' ').map_or(text.clone(), |(_, token)| token.to_owned())
    }

    /// Everything in it except the header `without`, as text that can be searched for a secret.
    pub(crate) fn text(&self, without: &str) -> String {
        let headers = self.headers.iter().filter(|(name, _)| name.as_str() != without);
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        format!("{} {}\n{headers}\n{}", self.method, self.target, String::from_utf8_lossy(&self.body))
    }
}
