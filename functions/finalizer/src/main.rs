//! Function: decides what a run needs next.

fn main() {}
