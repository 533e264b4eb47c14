//! The same commands on a stack: the binary with `--stack`, against AWS on loopback.

mod emulated;
mod journey;
mod lambda;
mod refused;
mod testing;
