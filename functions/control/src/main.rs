//! Function: the HTTP API.

fn main() {}
