//! The destination against a scripted gateway on loopback.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers fail the test that calls them")]

mod answers;
mod checks;
mod payload;
mod persistence;
mod sign_in;
mod world;
