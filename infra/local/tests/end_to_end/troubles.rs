//! Chains of runs in one world: each with changes at the vendor and a trouble on the way.

use crate::oracle::{Missing, arrived, expect_exactly, expect_harmless};
use crate::process::Result;
use crate::world::{World, faults};
use std::io::Error;

/// A fault, and how a run that meets it must end.
pub(crate) struct FaultCase {
    pub(crate) side: Side,
    /// The fault script.
    pub(crate) script: &'static str,
    pub(crate) ends: Ends,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Vendor,
    Receiver,
}

/// How the run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// As if nothing had happened.
    Healed,
    /// Partial, closing nothing that is open; the next run without the trouble makes everything right.
    Partial,
    /// Healed, but the vendor's rows moved on while they were read, so that only the next run is exact.
    Moved,
}

/// Plays the troubles one after the other on one home, after a first run without.
pub(crate) fn play(seed: u64, troubles: &[FaultCase]) -> Result<()> {
    let world = World::new(seed)?;
    world.run_well()?;
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;
    for trouble in troubles {
        meet(&world, trouble).map_err(|error| Error::other(format!("{}: {error}", trouble.script)))?;
    }
    Ok(())
}

fn meet(world: &World, trouble: &FaultCase) -> Result<()> {
    let before = arrived(world);
    world.pass_a_day()?;
    let script = faults(trouble.script)?;
    let on_vendor = trouble.side == Side::Vendor;
    if on_vendor {
        world.vendor_faults(&script)?;
    } else {
        world.receiver_faults(&script)?;
    }
    let ran = world.run()?;
    let happened = if on_vendor {
        world.vendor.control.state().faults_happened
    } else {
        world.receiver.control.summary().faults_happened
    };
    if happened.contains(&0) {
        return Err(Error::other(format!("the fault did not happen: {happened:?}")));
    }
    let (code, outcome) = if trouble.ends == Ends::Partial { (3, "partial") } else { (0, "complete") };
    let found = (ran.ended.code, ran.at("/outcome").as_str());
    if found != (code, Some(outcome)) {
        return Err(Error::other(format!("{found:?}: {}\n{}", ran.ended.stderr, ran.account)));
    }
    if trouble.ends == Ends::Healed {
        return expect_exactly(world, &before, Missing::Fixed);
    }
    expect_harmless(world, &before)?;
    let before = arrived(world);
    world.run_well()?;
    expect_exactly(world, &before, Missing::Fixed)
}
