//! Waits and clock reads of the simulators. Tests that pause tokio's clock pause the simulators too.

use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Waits.
#[expect(clippy::disallowed_methods, reason = "the simulated network's delay; tokio's clock can be paused")]
pub(crate) async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// A limit of requests per second; further requests get 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests served in any window of one second.
    pub per_second: u32,
    /// `Retry-After` of the 429, in seconds; none when absent.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

/// The time at which something expires.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry(Instant);

impl Expiry {
    pub(crate) fn in_seconds(seconds: u64) -> Self {
        Self(Instant::now() + Duration::from_secs(seconds))
    }

    pub(crate) fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Counts requests in windows of one second.
#[derive(Debug)]
pub(crate) struct RateGate {
    limit: Option<RateLimit>,
    window: Mutex<Option<(Instant, u32)>>,
}

impl RateGate {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        Self { limit, window: Mutex::new(None) }
    }

    /// `Err` with the limit if this request exceeds it.
    pub(crate) fn admit(&self) -> Result<(), RateLimit> {
        let Some(limit) = self.limit else { return Ok(()) };
        let now = Instant::now();
        let mut window = self.window.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (start, served) = match *window {
            Some((start, served)) if now.duration_since(start) < Duration::from_secs(1) => (start, served),
            _ => (now, 0),
        };
        if served >= limit.per_second {
            return Err(limit);
        }
        *window = Some((start, served + 1));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{RateGate, RateLimit};

    #[test]
    fn a_window_admits_as_many_as_the_limit_says() {
        let gate = RateGate::new(Some(RateLimit { per_second: 100, retry_after: None }));
        let admitted = (0..10_000).filter(|_| gate.admit().is_ok()).count();
        assert!((100..10_000).contains(&admitted));
        assert!((0..500).all(|_| RateGate::new(None).admit().is_ok()));
    }
}
