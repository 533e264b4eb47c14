//! How the process is asked to stop, and how it ends.

mod ending;
mod interrupt;

pub(crate) use ending::{Ending, HELP};
pub(crate) use interrupt::Interrupt;
