//! The only place that reads a clock.

use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What `work` gives, and how long it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the time of this machine")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
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
