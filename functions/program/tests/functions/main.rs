//! The real program of the functions, as Lambda runs it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod control;
mod named;
mod queues;
mod recursion;
mod scheduler;
mod worker;

use causeway_runtime_api::{Aws, Running};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_causeway-functions");

/// The longest that a test waits for an answer.
const LASTS: Duration = Duration::from_secs(60);

/// Starts the function of this name on a scripted AWS.
async fn start(name: &str, aws: &Aws) -> Running {
    start_in(name, aws.environment()).await
}

async fn start_in(name: &str, mut variables: Vec<(String, String)>) -> Running {
    variables.push(("CAUSEWAY_FUNCTION".to_owned(), name.to_owned()));
    Running::start(Path::new(PROGRAM), &variables).await.unwrap()
}

/// A sample event of the repository.
fn sample(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
