//! The same commands on a stack: the binary with `--stack`, against AWS on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod emulated;
mod journey;
mod lambda;
mod refused;
mod testing;

use crate::process::Ended;

/// A call that must succeed.
fn done(call: &Ended) {
    assert_eq!(call.code, 0, "{call:?}");
}
