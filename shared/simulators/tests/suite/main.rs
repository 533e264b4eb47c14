//! The simulators over real HTTP on loopback.

#![expect(unreachable_pub, reason = "a test crate has no outside")]

mod client;
mod etm;
mod xdome_changes;
mod xdome_faults;
mod xdome_judgement;
mod xdome_pages;
mod xdome_size;
