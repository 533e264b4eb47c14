//! The function set on the stage that `make cloud` brings: real bootstraps, real queues and mappings, the real template.
//!
//! Each test has a vendor, a receiver and a connection of its own; they share two stacks and run side by side.
#![expect(
    clippy::disallowed_methods,
    reason = "a stage in real time: patience is counted, nothing is decided by it"
)]

mod access;
mod command_line;
mod corners;
mod faults;
mod local;
mod operating;
mod runs;
mod tenants;
mod world;
