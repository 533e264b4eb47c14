//! Ports without a world behind them: time that only waiting moves, ids by counting, one secret.

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_ports::{Clock, Freshness, Ids, SecretText, Secrets};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The text of every secret. No failure, receipt or object may show it (I-12).
pub(crate) const SECRET: &str = "tok-3f9a-SECRET-77c1";

/// Fails when `text` shows [`SECRET`].
pub(crate) fn is_discreet(text: &str) {
    assert!(!text.contains(SECRET), "the secret is told: {text}");
}

/// A clock that waiting moves, so that nothing waits.
pub(crate) struct Patient(Mutex<Timestamp>);

impl Default for Patient {
    fn default() -> Self {
        Self(Mutex::new(Timestamp::constant(1_772_323_200, 0)))
    }
}

impl Patient {
    /// Moves on to `at`; never back.
    pub(crate) fn reach(&self, at: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

#[async_trait]
impl Clock for Patient {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, pause: Duration) {
        self.reach(self.now().saturating_add(pause).unwrap_or(Timestamp::MAX));
        tokio::task::yield_now().await;
    }
}

/// 1, 2, 3 …, and no jitter.
#[derive(Default)]
pub(crate) struct Counted(AtomicU64);

impl Ids for Counted {
    fn unique(&self) -> String {
        self.0.fetch_add(1, Ordering::Relaxed).to_string()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}

/// [`SECRET`] under every name.
pub(crate) struct OneSecret;

#[async_trait]
impl Secrets for OneSecret {
    async fn read(&self, _: &str, _: Freshness) -> Result<SecretText, Failure> {
        Ok(SecretText::from(SECRET))
    }
}
