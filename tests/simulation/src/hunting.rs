//! Every deliberate bug, until it is noticed.

use causeway_mutants::Mutant;
use causeway_simulation::{Hunt, Setup, broken_by, hunt, play_all};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Characters of a violation that are shown.
const SHOWN: usize = 100;

/// Hunts all bugs whose names contain `called` and shows a table; returns whether each was noticed within `most` seeds,
/// and nothing in the same seeds without any.
pub(crate) fn hunt_all(called: &str, most: u64, out: &mut impl Write) -> io::Result<bool> {
    let wanted: Vec<Mutant> =
        Mutant::ALL.iter().copied().filter(|mutant| mutant.name().contains(called)).collect();
    let hunts = side_by_side(&wanted, most);
    let wide = wanted.iter().map(|mutant| mutant.name().len()).max().unwrap_or_default();
    writeln!(out, "{:<wide$}  broke  {:>5}  bug, and how it was noticed", "mutant", "seeds")?;
    for hunt in &hunts {
        let Hunt { mutant, violation, seeds } = hunt;
        let broke = violation.as_ref().map_or("", |violation| violation.invariant.id);
        writeln!(out, "{:<wide$}  {broke:<5}  {seeds:>5}  {}", mutant.name(), mutant.bug())?;
        let detail = violation.as_ref().map_or("NOT NOTICED", |violation| violation.detail.as_str());
        let detail: String = detail.lines().next().unwrap_or_default().chars().take(SHOWN).collect();
        let breaks = broken_by(*mutant).id;
        let other = if broke == breaks { "" } else { breaks };
        writeln!(out, "{:<wide$}  {other:<5}  {:>5}  {detail}", "", "")?;
    }
    let missed = hunts.iter().filter(|hunt| hunt.violation.is_none()).count();
    let broken: BTreeSet<_> =
        hunts.iter().filter_map(|hunt| hunt.violation.as_ref()).map(|v| v.invariant).collect();
    let ids: Vec<_> = broken.iter().map(|invariant| invariant.id).collect();
    writeln!(out, "\n{} of {} noticed, by {}", hunts.len() - missed, hunts.len(), ids.join(", "))?;
    let played = hunts.iter().map(|hunt| hunt.seeds).max().unwrap_or_default();
    let sound = nothing_without(played, out)?;
    Ok(missed == 0 && sound)
}

fn side_by_side(wanted: &[Mutant], most: u64) -> Vec<Hunt> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} mutants  {elapsed}  {msg}");
    let bar = ProgressBar::new(wanted.len() as u64).with_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| {
                while let Some((order, mutant)) = take(wanted, &next) {
                    bar.set_message(mutant.name());
                    let hunt = hunt(mutant, most);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((order, hunt));
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, hunt)| hunt).collect()
}

fn take(wanted: &[Mutant], next: &AtomicUsize) -> Option<(usize, Mutant)> {
    let order = next.fetch_add(1, Ordering::Relaxed);
    wanted.get(order).map(|mutant| (order, *mutant))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The same seeds without a bug.
fn nothing_without(seeds: u64, out: &mut impl Write) -> io::Result<bool> {
    let played = play_all(0..seeds, Setup::of, threads(), 1, || false, || {});
    for report in &played.failed {
        let Some(violation) = &report.violation else { continue };
        let (seed, detail) = (report.setup.seed, &violation.detail);
        writeln!(out, "without a mutant seed {seed} fails: {}: {detail}", violation.invariant)?;
    }
    let sound = played.failed.is_empty() && played.panicked.is_empty();
    if sound {
        writeln!(out, "without a mutant the same {seeds} seeds break nothing")?;
    }
    Ok(sound)
}
