//! The client against a scripted vendor on loopback: what it sends, and what it makes of each answer.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

mod checks;
mod confirmation;
mod division;
mod fixture;
mod healing;
mod limits;
mod refusals;
mod requests;
mod tls;
mod vendor;
