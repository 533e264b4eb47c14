//! The ports, simulated.

pub(crate) mod queue;
pub(crate) mod store;
pub(crate) mod time;
