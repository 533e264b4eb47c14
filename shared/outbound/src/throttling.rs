//! How an API says "too many calls", and how long it asks to wait.

use crate::decision;
use causeway_domain::FailureKind;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap};
use std::time::Duration;

/// Longest pause that is believed; a longer one is cut to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The way in which one API throttles. 429 and 425 always say "too many calls".
#[derive(Debug, Clone, Copy)]
pub struct Throttling {
    /// Headers that name a pause, the most trusted first.
    pub pause_headers: &'static [&'static str],
    /// A further status that says it, and the pause if no header names one.
    pub other_status: Option<(StatusCode, Duration)>,
}

impl Throttling {
    /// 429 with `Retry-After`.
    pub const STANDARD: Self = Self { pause_headers: &["Retry-After"], other_status: None };

    /// The kind of failure that `status` means for this API; `None` for 2xx.
    pub(crate) fn kind_of(&self, status: StatusCode) -> Option<FailureKind> {
        match self.other_status {
            Some((other, _)) if other == status => Some(FailureKind::RateLimited),
            _ => decision::kind_of(status),
        }
    }

    /// The pause that an answer asks for, at most 15 minutes.
    pub(crate) fn pause(&self, status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
        let unnamed = self.other_status.filter(|(other, _)| *other == status).map(|(_, pause)| pause);
        named_pause(headers, self.pause_headers, now).or(unnamed)
    }
}

/// The pause in the first readable header of `names`: seconds, or an HTTP date. A date counts from the
/// answer's own `Date`, so a wrong clock on either side does not matter.
fn named_pause(headers: &HeaderMap, names: &[&str], now: Timestamp) -> Option<Duration> {
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

#[cfg(test)]
mod tests {
    use super::named_pause;
    use jiff::Timestamp;
    use reqwest::header::{HeaderMap, HeaderValue};

    fn pause(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert("date", HeaderValue::from_str(date).unwrap());
        }
        let now: Timestamp = "2026-11-01T10:00:00Z".parse().unwrap();
        named_pause(&headers, &["x-wait", "Retry-After"], now).map(|pause| pause.as_secs())
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
}
