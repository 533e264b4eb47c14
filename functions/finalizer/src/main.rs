//! Function: decides what a run needs next.

use causeway_hosting::{Function, serve_queue};
use std::process::ExitCode;

fn main() -> ExitCode {
    serve_queue(Function::Finalizer, |engine, message| {
        Box::pin(async move { causeway_runs::finalize(&engine, &message).await })
    })
}
