//! `invoke BINARY EVENT`: hands the event in a file to a function and prints what it answers. Its environment is that of
//! this process; its log goes to stderr.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool on the command line")]

use causeway_runtime_api::{Answer, Running};
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
        return Err("say `invoke BINARY EVENT`".into());
    };
    let event = serde_json::from_str(&std::fs::read_to_string(&event)?)?;
    let variables: Vec<(String, String)> = std::env::vars().collect();
    let mut function = Running::start(Path::new(&binary), &variables).await?;
    let answer = function.invoke(event, LASTS).await;
    let log = function.log();
    log.iter().for_each(|line| eprintln!("{line}"));
    Ok(match answer {
        Some(Answer::Response(answer)) => {
            println!("{answer:#}");
            ExitCode::SUCCESS
        }
        Some(Answer::Error(error)) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
        None => return Err("the function ended without an answer".into()),
    })
}
