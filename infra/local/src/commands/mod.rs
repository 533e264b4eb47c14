//! The commands, one module each.

pub(crate) mod apply;
mod connection;
mod describe;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod export;
pub(crate) mod findings;
pub(crate) mod logs;
pub(crate) mod map;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod replay;
pub(crate) mod run;
mod runs;
pub(crate) mod schedule;
mod secret;
mod serve;
mod simulate;
pub(crate) mod test;
mod text_file;
pub(crate) mod verdicts;

use self::map::Studio;
use crate::arguments::{Cli, Command, ConnectionCommand, RunArgs, RunCommand};
use crate::machine::Machine;
use crate::output::{Problem, Screen};
use crate::process::Ending;
use crate::site::Site;

/// Does what the command line asks for. `named_at_home` is the option that names a home or its key on the command line
/// itself; only a home that was named so is one for the demo.
pub(crate) async fn dispatch(
    cli: Cli,
    named_at_home: Option<&str>,
    screen: &Screen,
) -> Result<Ending, Problem> {
    let site = Site::of(&cli, named_at_home)?;
    let Cli { home, key_file, command, log, .. } = cli;
    match command {
        Command::Demo => {
            let folder = home.filter(|_| named_at_home == Some("--home"));
            crate::demo::tell(&folder.unwrap_or_else(|| "causeway-demo".into()), screen).await
        }
        Command::Simulate(command) => simulate::serve(command, screen).await,
        Command::Map(command) => map::answer(command, &Studio::new(site), screen).await,
        Command::Completions { shell } => Ok(describe::completions(shell, screen)),
        Command::Man { to } => describe::man(to.as_deref(), screen),
        Command::Connection(ConnectionCommand::Schema) => describe::schema(),
        Command::Doctor(arguments) => {
            doctor::answer((&site.home()?, key_file.as_deref()), screen, arguments).await
        }
        command => Box::pin(on(&site.open().await?, command, log.is_some(), screen)).await,
    }
}

/// The commands that work on a home or on a stack.
async fn on(machine: &Machine, command: Command, logging: bool, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        Command::Connection(command) => connection::answer(command, machine, screen).await,
        Command::Secret(command) => secret::answer(command, machine, screen).await,
        Command::Preview(arguments) => preview::answer(machine, screen, arguments).await,
        Command::Plan(command) => plan::answer(command, machine, screen).await,
        Command::Replay(arguments) => replay::answer(machine, screen, arguments).await,
        Command::Redrive(person) => plan::redrive(machine, screen, person).await,
        Command::Serve => serve::serve(machine, screen, logging).await,
        Command::Schedule(command) => schedule::answer(command, machine, screen).await,
        Command::Runs { connection } => runs::list(machine, screen, connection.as_deref()).await,
        Command::Findings(arguments) => findings::findings(machine, screen, arguments).await,
        Command::Assets(arguments) => findings::assets(machine, screen, arguments).await,
        Command::Export(arguments) => export::answer(machine, screen, arguments).await,
        Command::Run(RunArgs { command: Some(RunCommand::Show { run, verdicts }), .. }) => {
            run::show(machine, screen, &run, &verdicts).await
        }
        Command::Run(RunArgs { command: Some(RunCommand::Logs(arguments)), .. }) => {
            logs::answer(machine, screen, arguments).await
        }
        Command::Run(RunArgs { command: None, connection }) => {
            run::run(machine, screen, &connection.unwrap_or_default()).await
        }
        // Those need no machine, and were done before one was opened.
        Command::Demo
        | Command::Doctor(_)
        | Command::Map(_)
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Simulate(_) => Ok(Ending::Done),
    }
}
