//! Runs by the thousand in simulated worlds where everything goes wrong, each a function of one seed.
//!
//! The use cases are the real ones; ports, vendor and destination are simulated, and no real time passes. An oracle
//! that knows what the vendor held at every moment checks the invariants of `causeway_domain::invariant`.

mod connection;
mod course;
mod fault;
mod game;
#[cfg(feature = "mutants")]
mod mutants;
mod oracle;
mod patches;
mod ports;
mod process;
mod random;
mod receiver;
mod seeds;
mod setup;
mod shrink;
mod sim;
mod tally;
mod trace;
mod vendor;
mod version;

pub use fault::{Fault, Faults};
pub use game::{Report, play};
#[cfg(feature = "mutants")]
pub use mutants::{Hunt, broken_by, hunt};
pub use patches::PatchedMutant;
pub use seeds::{Played, play_all};
pub use setup::Setup;
pub use shrink::shrink;
pub use sim::Violation;
pub use tally::{SOMETIMES, Tally};
