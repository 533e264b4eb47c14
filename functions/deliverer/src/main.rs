//! Function: delivers batches.

fn main() {}
