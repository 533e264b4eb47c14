//! The response of a server, read to its end within the size limit.

use crate::{Decision, decision};
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use std::time::Duration;
use url::Url;

/// A complete response.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The complete body, decompressed.
    pub body: Bytes,
    /// The pause the other side asked for, at most 15 minutes.
    pub retry_after: Option<Duration>,
    pub(crate) failure_kind: Option<FailureKind>,
}

impl Response {
    /// The kind of failure that the status means for this API; `None` for 2xx.
    pub fn failure_kind(&self) -> Option<FailureKind> {
        self.failure_kind
    }

    /// The next step by the status alone.
    pub fn decision(&self) -> Decision {
        self.failure_kind.map_or(Decision::Done, |kind| Decision::on_kind(kind, self.retry_after))
    }

    /// The failure that the status means, with the other side's own `explanation` if it has one.
    pub fn refusal(&self, subject: &str, explanation: Option<&str>) -> Option<Failure> {
        let kind = self.failure_kind?;
        let explanation =
            if self.is_throttled_in_other_words() { Some("too many calls") } else { explanation };
        let detail = match (self.redirected_to(), explanation) {
            (Some(host), _) => format!("{}: points to {host}, which is not followed", self.status),
            (None, Some(text)) if self.adds_something(text) => format!("{}: {text}", self.status),
            _ => self.status.to_string(),
        };
        Some(Failure::new(kind, subject, detail).after(self.retry_after))
    }

    /// Whether the body is HTML instead of data.
    pub fn is_html(&self) -> bool {
        let declared =
            self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        declared.to_ascii_lowercase().contains("html") || first == Some(&b'<')
    }

    fn is_throttled_in_other_words(&self) -> bool {
        let limited = Some(FailureKind::RateLimited);
        self.failure_kind == limited && decision::kind_of(self.status) != limited
    }

    /// Many APIs explain a 404 by "Not Found".
    fn adds_something(&self, text: &str) -> bool {
        !text.is_empty() && !text.eq_ignore_ascii_case(self.status.canonical_reason().unwrap_or_default())
    }

    fn redirected_to(&self) -> Option<String> {
        if !self.status.is_redirection() {
            return None;
        }
        let location = self.headers.get(LOCATION)?.to_str().ok()?;
        match Url::parse(location) {
            Ok(url) => Some(url.host_str().unwrap_or("another place").to_owned()),
            Err(_) => Some("another path of the same host".to_owned()),
        }
    }
}

/// `text` on one line, cut to `limit` characters.
pub fn shortened(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > limit * 4 {
            break;
        }
    }
    match line.char_indices().nth(limit) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default().trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn shortened_text_is_one_line_of_whole_characters() {
        assert_eq!(shortened("a\n b\t\u{7}c", 10), "a b c");
        assert_eq!(shortened("ééééé", 3), "ééé…");
    }
}
