//! The only place that reads a clock or waits.

use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What `work` gives, and how long it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the time of this machine")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}

/// A moment to count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Instant);

impl Moment {
    /// This one.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures the time of this machine")]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// The time since then.
    pub fn passed(self) -> Duration {
        Self::now().0.saturating_duration_since(self.0)
    }

    /// The moment that much later.
    #[must_use]
    pub fn later(self, by: Duration) -> Self {
        Self(self.0 + by)
    }

    /// Waits until then; returns at once when it has passed.
    pub async fn reached(self) {
        tokio::time::sleep_until(self.0.into()).await;
    }
}

/// Waits.
pub async fn pause(duration: Duration) {
    Moment::now().later(duration).reached().await;
}

/// What `work` gives, and the time that this thread was computing. On a machine that others use as well, long work is
/// interrupted more often than short work, and only this time can be compared.
pub fn computed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default();
    let begin = now();
    let done = work();
    (done, now().saturating_sub(begin))
}

/// The middle of `values`; of an even number the upper one. Nothing gives zero.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The value that nine of ten of `values` do not exceed.
pub fn ninth_tenth(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * 9).div_ceil(10).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}
