//! Dispatch: from the command line to the command and its home or stack.

use crate::arguments::{Cli, Command, ConnectionCommand, RunArgs, RunCommand};
use crate::commands::map::{self, Studio};
use crate::commands::{
    connection, describe, doctor, export, findings, logs, plan, preview, replay, run, runs, schedule, secret,
    serve, simulate,
};
use crate::output::{Problem, Screen};

use crate::place::stack::Address;
use crate::place::{Location, Place};
use crate::process::Ending;

/// Executes the command line. `named_at_home` is the option that names a home or its key on the command line
/// itself; the demo accepts only a home named that way.
pub(crate) async fn dispatch(
    cli: Cli,
    named_at_home: Option<&str>,
    screen: &Screen,
) -> Result<Ending, Problem> {
    let location = location(&cli, named_at_home)?;
    let Cli { home, key_file, command, log, .. } = cli;
    match command {
        Command::Demo => {
            let folder = home.filter(|_| named_at_home == Some("--home"));
            crate::demo::tell(&folder.unwrap_or_else(|| "causeway-demo".into()), screen).await
        }
        Command::Simulate(command) => simulate::serve(command, screen).await,
        Command::Map(command) => map::answer(command, &Studio::new(location), screen).await,
        Command::Completions { shell } => Ok(describe::completions(shell, screen)),
        Command::Man { to } => describe::man(to.as_deref(), screen),
        Command::Connection(ConnectionCommand::Schema) => describe::schema(),
        Command::Doctor(arguments) => {
            doctor::answer((&location.home()?, key_file.as_deref()), screen, arguments).await
        }
        command => Box::pin(on(&location.open().await?, command, log.is_some(), screen)).await,
    }
}

/// The commands that work on a home or on a stack.
async fn on(place: &Place, command: Command, logging: bool, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        Command::Connection(command) => connection::answer(command, place, screen).await,
        Command::Secret(command) => secret::answer(command, place, screen).await,
        Command::Preview(arguments) => preview::answer(place, screen, arguments).await,
        Command::Plan(command) => plan::answer(command, place, screen).await,
        Command::Replay(arguments) => replay::answer(place, screen, arguments).await,
        Command::Redrive(person) => plan::redrive(place, screen, person).await,
        Command::Serve => serve::serve(place, screen, logging).await,
        Command::Schedule(command) => schedule::answer(command, place, screen).await,
        Command::Runs { connection } => runs::list(place, screen, connection.as_deref()).await,
        Command::Findings(arguments) => findings::findings(place, screen, arguments).await,
        Command::Assets(arguments) => findings::assets(place, screen, arguments).await,
        Command::Export(arguments) => export::answer(place, screen, arguments).await,
        Command::Run(RunArgs { command: Some(RunCommand::Show { run, verdicts }), .. }) => {
            run::show(place, screen, &run, &verdicts).await
        }
        Command::Run(RunArgs { command: Some(RunCommand::Logs(arguments)), .. }) => {
            logs::answer(place, screen, arguments).await
        }
        Command::Run(RunArgs { command: None, connection }) => {
            run::run(place, screen, &connection.unwrap_or_default()).await
        }
        // These need no place and were handled before one was opened.
        Command::Demo
        | Command::Doctor(_)
        | Command::Map(_)
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Simulate(_) => Ok(Ending::Done),
    }
}

/// The home or stack that `cli` names. `named_at_home` is the option that belongs to a home only, if one is given.
///
/// # Errors
/// Refuses contradicting arguments, and those that a stack does not support.
fn location(cli: &Cli, named_at_home: Option<&str>) -> Result<Location, Problem> {
    let Some(stack) = cli.stack.clone() else {
        if cli.region.is_some() || cli.profile.is_some() {
            let option = if cli.region.is_some() { "--region" } else { "--profile" };
            let help = "Name the stack too, with `--stack NAME`, or leave this out.";
            return Err(Problem::input(option, "needs a stack, and none is named", help));
        }
        return Ok(Location::Home { path: cli.home.clone(), key_file: cli.key_file.clone() });
    };
    if let Some(option) = named_at_home {
        let help = "Leave one of them out: a command works on a home or on a stack.";
        return Err(Problem::input(option, "cannot be combined with `--stack`", help));
    }
    if let Some((command, reason)) = local_only(&cli.command) {
        return Err(Problem::input(command, "cannot be used with `--stack`", reason));
    }
    Ok(Location::Stack(Address { name: stack, region: cli.region.clone(), profile: cli.profile.clone() }))
}

/// Commands that work on this machine only, and why.
fn local_only(command: &Command) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Serve => Some((
            "serve",
            "A stack needs no `serve`: EventBridge Scheduler starts its runs, and its functions process them.",
        )),
        Command::Doctor(_) => Some((
            "doctor",
            "It checks and repairs the files of a home. For damage in a stack, see docs/OPERATE.md.",
        )),
        Command::Demo => Some(("demo", "It runs in a folder on this machine.")),
        Command::Simulate(_) => Some(("simulate", "It serves a simulated system on this machine.")),
        _ => None,
    }
}
