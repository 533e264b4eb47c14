//! The same commands on a stack: the binary with `--stack`, against AWS on loopback.

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
