//! The program for AWS: all functions, of which the environment names one in `CAUSEWAY_FUNCTION`.
//!
//! They share nearly all of their code, so one program is linked and optimised as a whole in the time of one (ADR 17).

use causeway_hosting::{Function, named};
use std::process::ExitCode;

fn main() -> ExitCode {
    match named() {
        Some(Function::Scheduler) => causeway_scheduler::run(),
        Some(Function::Worker) => causeway_worker::run(),
        Some(Function::Finalizer) => causeway_finalizer::run(),
        Some(Function::Deliverer) => causeway_deliverer::run(),
        Some(Function::Control) => causeway_control::run(),
        None => ExitCode::FAILURE,
    }
}
