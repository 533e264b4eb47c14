//! Function: starts a run, from a schedule or on demand.

fn main() {}
