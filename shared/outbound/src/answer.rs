//! An answer, read to its end within the size limit, and what its status means.

use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION};
use std::time::Duration;
use url::Url;

/// Longest pause that is believed; a longer one is cut to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Whole body, decompressed.
    pub body: Bytes,
    /// The pause the other side asked for, at most 15 minutes.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// What the status alone means; `None` for 2xx.
    pub fn failure_kind(&self) -> Option<FailureKind> {
        match self.status.as_u16() {
            200..=299 => None,
            300..=399 | 404 | 405 => Some(FailureKind::WrongAddress),
            401 => Some(FailureKind::Unauthorized),
            403 => Some(FailureKind::Forbidden),
            407 => Some(FailureKind::Unreachable),
            408 => Some(FailureKind::Timeout),
            425 | 429 => Some(FailureKind::RateLimited),
            500..=599 => Some(FailureKind::Unavailable),
            _ => Some(FailureKind::RequestRejected),
        }
    }

    /// The failure that the status means, with the other side's own `explanation` when there is one.
    pub fn refusal(&self, subject: &str, explanation: Option<&str>) -> Option<Failure> {
        let kind = self.failure_kind()?;
        let detail = match (self.redirected_to(), explanation) {
            (Some(host), _) => format!("{}: points to {host}, which is not followed", self.status),
            (None, Some(text)) if self.adds_something(text) => format!("{}: {text}", self.status),
            _ => self.status.to_string(),
        };
        Some(Failure::new(kind, subject, detail).after(self.retry_after))
    }

    /// Whether a page for people came instead of data.
    pub fn is_html(&self) -> bool {
        let declared =
            self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        declared.to_ascii_lowercase().contains("html") || first == Some(&b'<')
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

/// The pause asked for in the first of `names` that can be read: seconds, or an HTTP date. A date counts from the
/// answer's own `Date`, so a wrong clock on either side does not matter.
pub(crate) fn pause_asked(headers: &HeaderMap, names: &[&str], now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let pause = names.iter().find_map(|name| {
        let value = text(name)?;
        if let Ok(seconds) = value.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds.max(0.0)).ok().or(Some(LONGEST_PAUSE));
        }
        let date = |value| DateTimeParser::new().parse_timestamp(value).ok();
        let base = text(DATE.as_str()).and_then(date).unwrap_or(now);
        Some(Duration::try_from(date(value)?.duration_since(base)).unwrap_or_default())
    })?;
    Some(pause.min(LONGEST_PAUSE))
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
    use super::{pause_asked, shortened};
    use jiff::Timestamp;
    use reqwest::header::{HeaderMap, HeaderValue};

    fn pause(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert("date", HeaderValue::from_str(date).unwrap());
        }
        let now: Timestamp = "2026-11-01T10:00:00Z".parse().unwrap();
        pause_asked(&headers, &["x-wait", "Retry-After"], now).map(|pause| pause.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        assert_eq!(pause("7", None), Some(7));
        assert_eq!(pause(" 1.5 ", None), Some(1));
        assert_eq!(pause("-3", None), Some(0));
        assert_eq!(pause("86400", None), Some(900));
        assert_eq!(pause("1e300", None), Some(900));
        assert_eq!(pause("soon", None), None);
        assert_eq!(pause("Sun, 01 Nov 2026 10:00:30 GMT", None), Some(30));
        assert_eq!(pause("Sun, 01 Nov 2026 09:00:00 GMT", None), Some(0));
        let skewed = Some("Sun, 01 Nov 2026 08:00:00 GMT");
        assert_eq!(pause("Sun, 01 Nov 2026 08:00:20 GMT", skewed), Some(20));
    }

    #[test]
    fn shortened_text_is_one_line_of_whole_characters() {
        assert_eq!(shortened("a\n b\t\u{7}c", 10), "a b c");
        assert_eq!(shortened("ééééé", 3), "ééé…");
    }
}
