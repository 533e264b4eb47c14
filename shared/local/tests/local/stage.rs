//! What every test stands on: a fresh home and a clock that the test moves.

use async_trait::async_trait;
use causeway_local::{Home, LocalQueues, SystemIds};
use causeway_ports::{Clock, Outgoing};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// A home that is removed at the end of the test.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) home: Home,
    pub(crate) clock: Arc<ManualClock>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("home")).unwrap();
        Self { folder, home, clock: Arc::default() }
    }

    pub(crate) fn queues(&self) -> LocalQueues {
        self.home.queues(Arc::clone(&self.clock) as Arc<dyn Clock>, Arc::new(SystemIds)).unwrap()
    }
}

/// Time in milliseconds since 1970, standing still until it is moved.
#[derive(Default)]
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        self.advance(pause);
    }
}

/// A message that is visible at once.
pub(crate) fn message(body: impl Into<String>) -> Outgoing {
    Outgoing { body: body.into(), delay: Duration::ZERO }
}
