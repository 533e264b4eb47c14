//! Many seeds, side by side.

use crate::game::{Report, play};
use crate::setup::Setup;
use crate::tally::Tally;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What came of many seeds.
#[derive(Debug, Default)]
pub struct Played {
    /// All counts together.
    pub tally: Tally,
    /// The first failing games by seed.
    pub failed: Vec<Report>,
    /// Seeds whose game panicked.
    pub panicked: Vec<u64>,
}

/// Plays the games that `setup` makes of `seeds` on `threads` threads until `stop` says so or `most_failures` games have failed; `done` is called
/// after each game.
pub fn play_all(
    seeds: std::ops::Range<u64>,
    setup: impl Fn(u64) -> Setup + Sync,
    threads: usize,
    most_failures: usize,
    stop: impl Fn() -> bool + Sync,
    done: impl Fn() + Sync,
) -> Played {
    let next = AtomicU64::new(seeds.start);
    let enough = AtomicBool::new(false);
    let played = Mutex::new(Played::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while !enough.load(Ordering::Relaxed) && !stop() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let report = catch_unwind(AssertUnwindSafe(|| play(&setup(seed), false)));
                    let mut all = played.lock().unwrap_or_else(PoisonError::into_inner);
                    match report {
                        Ok(report) => {
                            tally.add(&report.tally);
                            all.failed.extend(report.violation.is_some().then_some(report));
                        }
                        Err(_) => all.panicked.push(seed),
                    }
                    enough
                        .fetch_or(all.failed.len() + all.panicked.len() >= most_failures, Ordering::Relaxed);
                    drop(all);
                    done();
                }
                played.lock().unwrap_or_else(PoisonError::into_inner).tally.add(&tally);
            });
        }
    });
    let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
    played.failed.sort_by_key(|report| report.setup.seed);
    played
}
