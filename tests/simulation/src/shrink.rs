//! A failing game made smaller: fewer kinds of faults, fewer runs, fewer devices, while the same invariant breaks.

use crate::fault::Fault;
use crate::game::{Report, play};
use crate::setup::Setup;

/// The shortest failing game that can be reached from `report` by taking parts away, with its trace.
pub fn shrink(report: &Report) -> Report {
    let invariant = report.violation.as_ref().map(|violation| violation.invariant);
    let fails =
        |setup: &Setup| play(setup, false).violation.map(|violation| violation.invariant) == invariant;
    let mut best = report.setup.clone();
    loop {
        let before = best.clone();
        for fault in Fault::ALL.iter().filter(|fault| before.faults.has(**fault)) {
            attempt(&mut best, |setup| setup.faults = setup.faults.without(*fault), fails);
        }
        for runs in 1..best.runs {
            attempt(&mut best, |setup| setup.runs = setup.runs.min(runs), fails);
        }
        for devices in [1, 2, 3, 5, 8, best.devices / 2, best.devices.saturating_sub(1)] {
            attempt(&mut best, |setup| setup.devices = setup.devices.min(devices), fails);
        }
        if best == before {
            return play(&best, true);
        }
    }
}

/// Keeps a smaller game if it fails in the same way.
fn attempt(best: &mut Setup, change: impl FnOnce(&mut Setup), fails: impl Fn(&Setup) -> bool) {
    let mut smaller = best.clone();
    change(&mut smaller);
    if smaller != *best && fails(&smaller) {
        *best = smaller;
    }
}
