//! `causeway-runtime-api BINARY EVENT`: hands the event in a file to a function and prints what it answers. Its environment
//! is that of this process, if that names a stack; otherwise a scripted AWS answers, and the calls to it are shown. Logs go
//! to stderr.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool on the command line")]

use causeway_runtime_api::{Aws, InvocationResult, Running};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// The longest that Lambda lets a function run.
const LASTS: Duration = Duration::from_secs(900);

#[tokio::main]
async fn main() -> ExitCode {
    match invoke().await {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn invoke() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(binary), Some(event)) = (arguments.next(), arguments.next()) else {
        return Err("say `causeway-runtime-api BINARY EVENT`".into());
    };
    let event = serde_json::from_str(&std::fs::read_to_string(&event)?)?;
    let mut variables: Vec<(String, String)> = std::env::vars().collect();
    let scripted = match std::env::var_os("CAUSEWAY_STACK") {
        Some(_) => None,
        None => Some(Aws::start().await?),
    };
    variables.extend(scripted.iter().flat_map(Aws::environment));
    let mut function = Running::start(Path::new(&binary), &variables).await?;
    let answer = function.invoke(event, LASTS).await;
    let log = function.log();
    log.iter().for_each(|line| eprintln!("{line}"));
    for call in scripted.iter().flat_map(Aws::calls) {
        eprintln!("{}  {}", call.action, call.about);
    }
    Ok(match answer {
        Some(InvocationResult::Response(answer)) => {
            println!("{answer:#}");
            ExitCode::SUCCESS
        }
        Some(InvocationResult::Error(error)) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
        None => return Err("the function ended without an answer".into()),
    })
}
