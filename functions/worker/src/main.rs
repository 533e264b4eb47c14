//! Function: works on pages and questions.

fn main() {}
