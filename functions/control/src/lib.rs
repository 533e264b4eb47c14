//! The HTTP API of a stack: the same use cases as the command line, for callers whose token has the scope.
//!
//! `routes` is the one table of routes; each names its scope, and no handler is reached without it. Names and ids
//! in a path are parsed before anything is looked up, so none escapes its connection or its stack.

mod caller;
mod connections;
mod document;
mod input;
mod part;
mod plans;
mod problem;
mod routes;
mod runs;
mod scope;
mod scratch;
mod secrets;
mod size;

pub use document::document;
pub use routes::{api, table};
pub use size::LARGEST;

use causeway_hosting::{Function, serve};
use std::process::ExitCode;

/// Runs the function for as long as its environment lives.
pub fn run() -> ExitCode {
    serve(Function::Control, |host| lambda_http::run(api(host)))
}
