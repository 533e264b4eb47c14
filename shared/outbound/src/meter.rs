//! Counts the traffic of a piece of work.

use causeway_domain::page::Traffic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Requests, bytes and waiting of one piece of work; shared by the requests it makes.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Traffic>);

impl Meter {
    /// The counts so far.
    pub fn total(&self) -> Traffic {
        *self.lock()
    }

    pub(crate) fn count_request(&self, body_bytes: usize) {
        let mut total = self.lock();
        total.requests += 1;
        total.sent_bytes += body_bytes as u64;
    }

    /// Counts a response that asked to slow down.
    pub(crate) fn count_limited(&self) {
        self.lock().limited += 1;
    }

    /// Counts a request that repeats a failed one.
    pub fn count_retry(&self) {
        self.lock().retries += 1;
    }

    pub(crate) fn count_bytes(&self, bytes: usize) {
        self.lock().bytes += bytes as u64;
    }

    /// Counts a wait for a slot; `asked` if the server asked for it.
    pub(crate) fn count_wait(&self, pause: Duration, asked: bool) {
        let mut total = self.lock();
        total.waited_ms += millis(pause);
        total.asked_ms += if asked { millis(pause) } else { 0 };
    }

    /// Counts a pause before a request was repeated.
    pub(crate) fn count_backoff(&self, pause: Duration) {
        self.lock().backoff_ms += millis(pause);
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(pause: Duration) -> u64 {
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}
