//! Figures for people.

use causeway_simulation::Tally;
use std::io::{self, Write};

/// Shows what happened, counted.
pub(crate) fn show(tally: &Tally, out: &mut impl Write) -> io::Result<()> {
    let faults: u64 = tally.faults.values().sum();
    writeln!(out, "{} games, {} runs, {} events, {faults} faults", tally.games, tally.runs(), tally.events)?;
    writeln!(out, "\nruns by outcome")?;
    columns(tally.outcomes.iter().map(|(name, times)| (name.clone(), *times)), out)?;
    writeln!(out, "\nfaults by kind")?;
    columns(tally.faults.iter().map(|(fault, times)| (fault.to_string(), *times)), out)?;
    writeln!(out, "\nsometimes")?;
    columns(tally.sometimes.iter().map(|(name, times)| ((*name).to_owned(), *times)), out)?;
    Ok(())
}

fn columns(rows: impl Iterator<Item = (String, u64)>, out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<_> = rows.collect();
    for pair in rows.chunks(2) {
        for (name, times) in pair {
            write!(out, "  {name:<34} {times:>10}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
