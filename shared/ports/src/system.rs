//! The real clock and real ids; everything else takes them through the ports.

use crate::{Clock, Ids};
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is injected from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where waiting is injected from")]
    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Random ids from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is where ids are injected from")]
    fn random() -> Uuid {
        Uuid::new_v4()
    }
}

impl Ids for SystemIds {
    fn unique(&self) -> String {
        Self::random().to_string()
    }

    /// From the last 48 bits of a version 4 UUID, all of which are random.
    fn fraction(&self) -> f64 {
        let (_, low) = Self::random().as_u64_pair();
        (low % (1 << 48)) as f64 / (1_u64 << 48) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_fill_the_unit_interval() {
        let drawn: Vec<f64> = (0..1_000).map(|_| SystemIds.fraction()).collect();
        assert!(drawn.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(drawn.iter().any(|f| *f < 0.1) && drawn.iter().any(|f| *f > 0.9));
    }
}
