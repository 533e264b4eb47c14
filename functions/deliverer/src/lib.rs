//! Function: delivers batches.

use causeway_hosting::{Function, serve_queue};
use std::process::ExitCode;

/// Runs it for as long as its environment lives.
pub fn run() -> ExitCode {
    serve_queue(Function::Deliverer, |engine, message| {
        Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
    })
}
