//! Function: delivers batches.

use causeway_hosting::{Function, serve_queue};
use std::process::ExitCode;

fn main() -> ExitCode {
    serve_queue(Function::Deliverer, |engine, message| {
        Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
    })
}
