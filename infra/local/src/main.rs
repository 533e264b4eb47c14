//! The binary `causeway`: the whole function set on one machine, and the command line for that and for stacks on AWS.
//!
//! Data goes to stdout and everything else to stderr. Every command ends with one of the codes of [`process::Ending`].

mod arguments;
mod commands;
mod demo;
mod dispatch;
mod output;
mod place;
mod process;
mod serve;

use arguments::Cli;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches};
use output::{Problem, Screen};
use std::process::ExitCode;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let matches = Cli::command().try_get_matches().unwrap_or_else(|error| unread(error).exit());
    let named = |option: &str| matches.value_source(option) == Some(ValueSource::CommandLine);
    let named_at_home = [("home", "--home"), ("key_file", "--key-file")];
    let named_at_home = named_at_home.into_iter().find(|(id, _)| named(id)).map(|(_, option)| option);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let screen = Screen::new(cli.json, cli.quiet, cli.log.is_some());
    if let Some(filter) = &cli.log {
        start_log(filter.clone());
    }
    // A second installation fails, which is harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ending = runtime().and_then(|runtime| {
        let command = Box::pin(dispatch::dispatch(cli, named_at_home, &screen));
        let ending = runtime.block_on(command);
        runtime.shutdown_background();
        ending
    });
    match ending {
        Ok(ending) => ending.into(),
        Err(problem) => {
            screen.problem(&problem);
            problem.ending().into()
        }
    }
}

/// Describes a mistake in the arguments. An extra argument of `secret` may be the secret itself and is not repeated (I-12).
fn unread(error: clap::Error) -> clap::Error {
    let is_of_secrets = std::env::args_os().any(|argument| argument == "secret");
    if !is_of_secrets || !matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) {
        return error;
    }
    let told = "unexpected argument, not shown because it may be a secret\n  \
                help: A secret is never an argument: `causeway secret set NAME` asks for it, or reads it from a pipe.\n";
    clap::Error::raw(ErrorKind::UnknownArgument, told)
}

fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    causeway_runs::runtime().map_err(|error| {
        Problem::input("runtime", error.to_string(), "Check the limits of processes and memory.")
    })
}

/// JSON lines on stderr, one per event.
fn start_log(filter: Targets) {
    let lines = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
}
