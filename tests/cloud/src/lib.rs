//! The function set on AWS, as far as it can be shown without an account: the template's rules, its policies against the
//! calls that functions really make, and the whole set on an emulator.
//!
//! `make cloud` runs the binary of this crate, the *stage*: it starts the emulator, deploys the template, and runs the suite
//! in `tests/suite` against that. docs/TESTING.md says what an emulator cannot show; for that the same suite runs against
//! a real account by `make test-aws`.
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of what it tests and talks to loopback only"
)]

pub mod call;
pub mod deploy;
pub mod emulator;
pub mod issuer;
pub mod policy;
pub mod recorder;
pub mod stack;
pub mod stage;
pub mod template;
pub mod verdict;

/// Errors are for a person to read.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
