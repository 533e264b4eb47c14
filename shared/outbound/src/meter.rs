//! Counts what a piece of work costs.

use causeway_domain::page::Traffic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Requests, bytes and waiting of one piece of work; shared by the requests it makes.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Traffic>);

impl Meter {
    /// What was counted so far.
    pub fn total(&self) -> Traffic {
        *self.lock()
    }

    pub(crate) fn count_request(&self) {
        self.lock().requests += 1;
    }

    /// One request more that repeats a failed one.
    pub fn count_retry(&self) {
        self.lock().retries += 1;
    }

    pub(crate) fn count_bytes(&self, bytes: usize) {
        self.lock().bytes += bytes as u64;
    }

    pub(crate) fn count_wait(&self, pause: Duration) {
        self.lock().waited_ms += u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
