//! The function set on the stage that `make cloud` brings: real bootstraps, real queues and mappings, the real template.
//!
//! Each test has a vendor, a receiver and a connection of its own; they share two stacks and run side by side.

mod access;
mod corners;
mod faults;
mod local;
mod runs;
mod tenants;
mod world;
