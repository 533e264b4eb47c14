//! Function: fetches pages and answers direct queries.

use causeway_hosting::{Function, serve_queue};
use std::process::ExitCode;

/// Runs it for as long as its environment lives.
pub fn run() -> ExitCode {
    serve_queue(Function::Worker, |engine, message| {
        Box::pin(async move { causeway_runs::fetch(&engine, &message).await })
    })
}
