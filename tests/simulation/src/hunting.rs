//! Every deliberate bug, until it is noticed.

use causeway_simulation::{Caught, MUTANTS, hunt};
use indicatif::ProgressBar;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Hunts all bugs whose names contain `called` and shows a table; returns whether each was noticed within `most` seeds.
pub(crate) fn hunt_all(called: &str, most: u64, out: &mut impl Write) -> io::Result<bool> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let wanted: Vec<_> = MUTANTS.iter().filter(|(name, _)| name.contains(called)).collect();
    let bar = ProgressBar::new(wanted.len() as u64);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::<Caught>::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, _)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let caught = hunt(name, most);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push(caught);
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|caught| caught.name);
    writeln!(out, "{:<32} {:<6} {:>6}  what was noticed", "deliberate bug", "broke", "seeds")?;
    for Caught { name, violation, seeds } in &found {
        let (id, detail) = match violation {
            Some(violation) => (violation.invariant.id, violation.detail.as_str()),
            None => ("", "NOTHING"),
        };
        let detail: String = detail.chars().take(110).collect();
        writeln!(out, "{name:<32} {id:<6} {seeds:>6}  {detail}")?;
    }
    let missed = found.iter().filter(|caught| caught.violation.is_none()).count();
    writeln!(out, "{} of {} noticed", found.len() - missed, found.len())?;
    Ok(missed == 0)
}
