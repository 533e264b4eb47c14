//! Time and identity, injected so that a run can be repeated exactly.

use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// Wall clock and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// Waits for `pause`.
    async fn sleep(&self, pause: Duration);

    /// The moment from which nothing new should be begun, because the process is about to be stopped: a pause that lasts
    /// longer is left to the queue. `None` where nothing stops it.
    fn begin_until(&self) -> Option<Timestamp> {
        None
    }
}

/// Identifiers and jitter.
pub trait Ids: Send + Sync {
    /// A text that was never returned before: a version 4 UUID.
    fn unique(&self) -> String;

    /// A number in `0.0..1.0`, for jitter.
    fn fraction(&self) -> f64;
}
