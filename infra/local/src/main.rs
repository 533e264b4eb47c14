//! Causeway on one machine.

fn main() {}
