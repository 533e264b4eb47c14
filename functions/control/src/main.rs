//! Function: the HTTP API.

use causeway_control::api;
use causeway_hosting::{Function, serve};
use std::process::ExitCode;

fn main() -> ExitCode {
    serve(Function::Control, |host| lambda_http::run(api(host)))
}
