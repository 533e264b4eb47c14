//! The commands, one module each.

pub(crate) mod apply;
mod connection;
mod describe;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod export;
pub(crate) mod findings;
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
pub(crate) mod verdicts;

use self::map::Studio;
use crate::cli::{Cli, Command, ConnectionCommand, RunCommand};
use crate::ending::Ending;
use crate::machine::{Machine, default_home};
use crate::present::Screen;
use crate::problem::Problem;
use std::path::PathBuf;

/// Does what the command line asks for. Only a home that was named on the command line is one for the demo.
pub(crate) async fn dispatch(cli: Cli, home_was_named: bool, screen: &Screen) -> Result<Ending, Problem> {
    let Cli { home, key_file, command, log, .. } = cli;
    let machine = |home: Option<PathBuf>| {
        let home = home.map_or_else(default_home, Ok)?;
        Machine::open(&home, key_file.as_deref())
    };
    match command {
        Command::Demo => {
            let folder = home.filter(|_| home_was_named).unwrap_or_else(|| "causeway-demo".into());
            crate::demo::tell(&folder, screen).await
        }
        Command::Simulate(command) => simulate::serve(command, screen).await,
        Command::Map(command) => map::answer(command, &Studio::new(home, key_file)?, screen).await,
        Command::Completions { shell } => Ok(describe::completions(shell, screen)),
        Command::Man { to } => describe::man(to.as_deref(), screen),
        Command::Connection(ConnectionCommand::Schema) => describe::schema(),
        Command::Connection(command) => connection::answer(command, &machine(home)?, screen).await,
        Command::Secret(command) => secret::answer(command, &machine(home)?, screen).await,
        Command::Preview(arguments) => preview::answer(&machine(home)?, screen, arguments).await,
        Command::Plan(command) => plan::answer(command, &machine(home)?, screen).await,
        Command::Replay(arguments) => replay::answer(&machine(home)?, screen, arguments).await,
        Command::Redrive(person) => plan::redrive(&machine(home)?, screen, person).await,
        Command::Serve => serve::serve(&machine(home)?, screen, log.is_some()).await,
        Command::Schedule(command) => schedule::answer(command, &machine(home)?, screen).await,
        Command::Doctor(arguments) => {
            let home = home.map_or_else(default_home, Ok)?;
            doctor::answer((&home, key_file.as_deref()), screen, arguments).await
        }
        Command::Runs { connection } => runs::list(&machine(home)?, screen, connection.as_deref()).await,
        Command::Findings(arguments) => findings::findings(&machine(home)?, screen, arguments).await,
        Command::Assets(arguments) => findings::assets(&machine(home)?, screen, arguments).await,
        Command::Export(arguments) => export::answer(&machine(home)?, screen, arguments).await,
        Command::Run(arguments) => {
            let machine = machine(home)?;
            match (arguments.command, arguments.connection) {
                (Some(RunCommand::Show { run, verdicts }), _) => {
                    run::show(&machine, screen, &run, &verdicts).await
                }
                (None, connection) => run::run(&machine, screen, &connection.unwrap_or_default()).await,
            }
        }
    }
}
