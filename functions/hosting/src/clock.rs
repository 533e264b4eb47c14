//! The clock of a function, with the end of the invocation.

use crate::TimeLimit;
use async_trait::async_trait;
use causeway_ports::{Clock, SystemClock};
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The machine's clock with the time limit of the current invocation. An environment runs one invocation at a time.
#[derive(Debug, Default)]
pub struct InvocationClock(Mutex<Option<TimeLimit>>);

impl InvocationClock {
    /// Begins an invocation.
    pub(crate) fn begin(&self, limit: TimeLimit) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }
}

#[async_trait]
impl Clock for InvocationClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn sleep(&self, pause: Duration) {
        SystemClock.sleep(pause).await;
    }

    fn begin_until(&self) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|limit| limit.begin_until)
    }
}
