//! `simulate`: plays seeds and shows what happened.

mod figures;
#[cfg(feature = "mutants")]
mod hunting;
mod patched;

use causeway_simulation::{Fault, Report, Setup, Violation, play, play_all, shrink};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Lines of a trace that are shown.
const SHOWN: usize = 120;

/// Plays runs in simulated worlds where everything goes wrong, and checks the invariants.
#[derive(Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Plays this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Shows the whole trace of that seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Leaves these kinds of faults out.
    #[arg(long, value_delimiter = ',', requires = "seed")]
    without: Vec<String>,
    /// Plays only so many runs.
    #[arg(long, requires = "seed")]
    runs: Option<u32>,
    /// Begins with so many devices.
    #[arg(long, requires = "seed")]
    devices: Option<u32>,
    /// Takes this kind of fault for a mistake, to see what a failing seed looks like.
    #[arg(long)]
    trap: Option<String>,
    /// Fails as well if anything interesting, or a kind of fault, happened too rarely.
    #[arg(long, conflicts_with = "seed")]
    often: bool,
    /// Stops after so many minutes.
    #[arg(long)]
    minutes: Option<u64>,
    /// Goes on until so many seeds have failed.
    #[arg(long, default_value_t = 1)]
    failures: usize,
    /// Plays each deliberate bug that is a patch, on a copy of the project in the current folder, until it is noticed.
    #[arg(long, conflicts_with = "seed")]
    patches: bool,
    /// Switches each deliberate bug on until it is noticed.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutants: bool,
    /// Only those deliberate bugs whose names contain this.
    #[arg(long, default_value = "")]
    called: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    #[cfg(feature = "mutants")]
    if arguments.mutants {
        let all = hunting::hunt_all(&arguments.called, arguments.seeds, &mut out);
        return if all.is_ok_and(|all| all) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let done = match arguments.seed {
        None if arguments.patches => patched::hunt_all(&arguments.called, arguments.seeds, &mut out),
        Some(seed) => one(&arguments, seed, &mut out),
        None => many(&arguments, &mut out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let told = writeln!(io::stderr(), "{error}");
            ExitCode::from(if told.is_ok() { 2 } else { 3 })
        }
    }
}

fn fault(name: &str) -> io::Result<Fault> {
    let known = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        io::Error::other(format!("no kind of fault is called {name:?}; there are {}", names.join(", ")))
    })
}

fn one(arguments: &Arguments, seed: u64, out: &mut impl Write) -> io::Result<bool> {
    let mut setup = Setup::of(seed);
    for name in &arguments.without {
        setup.faults = setup.faults.without(fault(name)?);
    }
    setup.trap = arguments.trap.as_deref().map(fault).transpose()?;
    setup.runs = arguments.runs.unwrap_or(setup.runs);
    setup.devices = arguments.devices.unwrap_or(setup.devices);
    let report = play(&setup, true);
    if arguments.trace {
        report.trace.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    figures::show(&report.tally, out)?;
    writeln!(out, "trace {}", report.hash)?;
    if let Some(violation) = &report.violation {
        broken(violation, out)?;
    }
    Ok(report.violation.is_none())
}

fn many(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds  {per_sec}  {eta} left");
    let bar = ProgressBar::new(arguments.seeds).with_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let limit = arguments.minutes.map(|minutes| Duration::from_secs(60 * minutes));
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let stop = || limit.is_some_and(|limit| bar.elapsed() >= limit);
    let trap = arguments.trap.as_deref().map(fault).transpose()?;
    let setup = |seed| Setup { trap, ..Setup::of(seed) };
    let played = play_all(seeds, setup, threads, arguments.failures, stop, || bar.inc(1));
    let took = bar.elapsed();
    bar.finish_and_clear();
    figures::show(&played.tally, out)?;
    let rate = played.tally.games as f64 / took.as_secs_f64().max(0.001);
    writeln!(out, "{} seeds from {} in {took:.1?}, {rate:.0} a second", played.tally.games, arguments.from)?;
    for seed in &played.panicked {
        writeln!(out, "seed {seed} panicked; cargo run --release -p causeway-simulation -- --seed {seed}")?;
    }
    for report in played.failed.iter().filter(|_| arguments.failures > 1) {
        let Some(Violation { invariant, detail }) = &report.violation else { continue };
        writeln!(out, "seed {}: {invariant}: {detail}", report.setup.seed)?;
    }
    if let Some(report) = played.failed.first() {
        failed(report, out)?;
    }
    let well = played.failed.is_empty() && played.panicked.is_empty();
    let rare = if arguments.often && well { played.tally.too_rare() } else { Vec::new() };
    rare.iter().try_for_each(|what| writeln!(out, "too rare: {what}"))?;
    Ok(well && rare.is_empty())
}

fn broken(violation: &Violation, out: &mut impl Write) -> io::Result<()> {
    let Violation { invariant, detail } = violation;
    writeln!(out, "\nBROKEN {}: {}\n  {detail}", invariant.id, invariant.holds)
}

/// Shows a failing game, made as small as it gets.
fn failed(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nseed {} fails; looking for the shortest way there …", report.setup.seed)?;
    let small = shrink(report);
    let skipped = small.trace.len().saturating_sub(SHOWN);
    writeln!(out, "the last of {} lines:", small.trace.len())?;
    small.trace.iter().skip(skipped).try_for_each(|line| writeln!(out, "{line}"))?;
    if let Some(violation) = &small.violation {
        broken(violation, out)?;
    }
    writeln!(out, "\nplay it again:  {}", small.setup.command())
}
