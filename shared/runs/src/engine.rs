//! What every use case is given.

use causeway_ports::{Clock, Connectors, Ids, Objects, Queue};
use std::sync::Arc;
use std::time::Duration;

/// The ports and the pacing. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The object store: all state.
    pub objects: Arc<dyn Objects>,
    /// The three queues.
    pub queues: Queues,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub ids: Arc<dyn Ids>,
    /// Sources and destinations by definition.
    pub connectors: Arc<dyn Connectors>,
    /// How often to look.
    pub pacing: Pacing,
}

/// The three queues of a stack or a machine.
#[derive(Clone)]
pub struct Queues {
    /// Pages and confirming questions, for workers.
    pub work: Arc<dyn Queue>,
    /// Checks of runs, for the finalizer.
    pub finalize: Arc<dyn Queue>,
    /// Batches, for deliverers.
    pub deliver: Arc<dyn Queue>,
}

/// How often an undecided run is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// Pause before the second check; it doubles with each check …
    pub first_check: Duration,
    /// … up to this.
    pub longest_check: Duration,
}

impl Pacing {
    /// For one machine, where a check costs a listing of a folder.
    pub const LOCAL: Self =
        Self { first_check: Duration::from_millis(50), longest_check: Duration::from_millis(200) };

    /// For functions, where a check is an invocation and each of its looks a request. The queue hands one message out at
    /// most 1,000 times, which the finalizer outlives: in time it queues a fresh message.
    pub const FUNCTIONS: Self =
        Self { first_check: Duration::from_secs(2), longest_check: Duration::from_secs(60) };

    /// The pause before check number `check`.
    pub fn before(&self, check: u32) -> Duration {
        let doubled = self.first_check.saturating_mul(1_u32.checked_shl(check.min(16)).unwrap_or(u32::MAX));
        doubled.min(self.longest_check)
    }
}
