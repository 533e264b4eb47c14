//! Time that stands still until the driver moves it, and ids by counting.

use async_trait::async_trait;
use causeway_ports::{Clock, Ids};
use jiff::Timestamp;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// 2026-03-01T00:00:00Z
pub(crate) const START: Timestamp = Timestamp::constant(1_772_323_200, 0);

/// A clock that is moved by hand.
pub(crate) struct FakeClock(Mutex<Timestamp>);

impl Default for FakeClock {
    fn default() -> Self {
        Self(Mutex::new(START))
    }
}

impl FakeClock {
    /// Moves on to `at`; never back.
    pub(crate) fn reach(&self, at: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = at.max(*now);
    }

    /// Moves on by `pause`.
    pub(crate) fn pass(&self, pause: Duration) {
        self.reach(self.now() + pause);
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        self.pass(pause);
    }
}

/// 1, 2, 3 …
#[derive(Default)]
pub(crate) struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn unique(&self) -> String {
        self.0.fetch_add(1, Ordering::Relaxed).to_string()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}
