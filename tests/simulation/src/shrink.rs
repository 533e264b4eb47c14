//! A failing game made smaller: fewer runs, fewer devices, fewer kinds of faults, while the same invariant breaks and the
//! way there gets no longer.

use crate::fault::{Fault, Faults};
use crate::game::{Report, play};
use crate::setup::Setup;
use causeway_domain::invariant::Invariant;

/// The shortest failing game that can be reached from `report` by taking parts away, with its trace.
pub fn shrink(report: &Report) -> Report {
    let broken = report.violation.as_ref().map(|violation| violation.invariant);
    let mut best = Best { setup: report.setup.clone(), events: report.tally.events, broken };
    loop {
        let before = best.setup.clone();
        // What makes a game shorter goes first, so that all further attempts are cheap.
        for runs in 1..before.runs {
            best.attempt(|setup| setup.runs = setup.runs.min(runs));
        }
        for devices in [1, 2, 3, 5, 8, before.devices / 2, before.devices.saturating_sub(1)] {
            best.attempt(|setup| setup.devices = setup.devices.min(devices));
        }
        for some in [16, 4, 1] {
            for kinds in Fault::ALL.chunks(some) {
                let without = |faults: Faults, kind: &Fault| faults.without(*kind);
                best.attempt(|setup| setup.faults = kinds.iter().fold(setup.faults, without));
            }
        }
        if best.setup == before {
            return play(&best.setup, true);
        }
    }
}

struct Best {
    setup: Setup,
    events: u64,
    broken: Option<Invariant>,
}

impl Best {
    /// Keeps a smaller game if it fails in the same way and no later.
    fn attempt(&mut self, change: impl FnOnce(&mut Setup)) {
        let mut smaller = self.setup.clone();
        change(&mut smaller);
        if smaller == self.setup {
            return;
        }
        let report = play(&smaller, false);
        let same = report.violation.map(|violation| violation.invariant) == self.broken;
        if same && report.tally.events <= self.events {
            (self.setup, self.events) = (smaller, report.tally.events);
        }
    }
}
