//! Signals and exit codes of the process.

mod ending;
mod interrupt;

pub(crate) use ending::{Ending, HELP};
pub(crate) use interrupt::Interrupt;
