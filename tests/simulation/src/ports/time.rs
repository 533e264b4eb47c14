//! Time and ids of a game.

use crate::sim::{Sim, Wait};
use async_trait::async_trait;
use causeway_ports::{Clock, Ids};
use jiff::Timestamp;
use std::time::Duration;

/// Both.
pub(crate) struct SimTime(pub(crate) Sim);

#[async_trait]
impl Clock for SimTime {
    fn now(&self) -> Timestamp {
        self.0.with(|inner| inner.clock())
    }

    async fn sleep(&self, pause: Duration) {
        let until = self.0.with(|inner| inner.now) + pause.as_millis() as u64;
        while self.0.with(|inner| inner.now) < until {
            self.0.wait(Wait::Vendor).await;
        }
    }
}

impl Ids for SimTime {
    fn unique(&self) -> String {
        self.0.with(|inner| format!("{:016x}{:016x}", inner.ids.next(), inner.ids.next()))
    }

    fn fraction(&self) -> f64 {
        self.0.with(|inner| inner.ids.below(1000) as f64 / 1000.0)
    }
}
