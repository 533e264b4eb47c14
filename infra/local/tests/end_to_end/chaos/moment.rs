//! When a process is killed.

use super::phase::Phase;
use crate::process::Result;
use causeway_local::SystemClock;
use causeway_ports::Clock;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand::rngs::StdRng;

/// A moment drawn by chance. Half of them know nothing of the run; but planning and committing take a few milliseconds
/// of a run's second or two, so the other half wait for a phase first.
pub(super) struct Moment {
    phase: Phase,
    since: Option<Timestamp>,
    pause: SignedDuration,
}

impl Moment {
    /// A moment in the life of a process that finds the run in phase `from`.
    pub(super) fn draw(chance: &mut StdRng, from: Phase) -> Self {
        let (phase, longest) = match chance.random_range(0..4) {
            0 | 1 => (Phase::Starting, 350_000),
            2 => (from, 60_000),
            _ => (from.next(), 12_000),
        };
        let pause = SignedDuration::from_micros(chance.random_range(0..longest));
        Self { phase, since: None, pause }
    }

    /// Whether it has come, when `phase` tells where the run stands.
    pub(super) fn has_come(&mut self, phase: impl FnOnce() -> Result<Phase>) -> Result<bool> {
        let now = SystemClock.now();
        if self.since.is_none() && (self.phase == Phase::Starting || phase()? >= self.phase) {
            self.since = Some(now);
        }
        Ok(self.since.is_some_and(|since| now.duration_since(since) >= self.pause))
    }
}
