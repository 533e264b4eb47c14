//! Where a command works: on the home of this machine, or on a stack of functions on AWS.

use crate::arguments::{Cli, Command};
use crate::cloud;
use crate::machine::Machine;
use crate::output::Problem;
use std::path::PathBuf;

/// A home or a stack, as it was named on the command line.
#[derive(Debug)]
pub(crate) enum Site {
    Home { path: Option<PathBuf>, key_file: Option<PathBuf> },
    Stack(Named),
}

/// How a stack is named.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) stack: String,
    /// By default that of the environment or the profile.
    pub(crate) region: Option<String>,
    /// A profile of AWS's own files, whose credentials and region hold.
    pub(crate) profile: Option<String>,
}

impl Site {
    /// The site that `cli` names. `named_at_home` is the option by which it names something of a home, if it does.
    ///
    /// # Errors
    /// What contradicts itself, and what a stack has no use for.
    pub(crate) fn of(cli: &Cli, named_at_home: Option<&str>) -> Result<Self, Problem> {
        let Some(stack) = cli.stack.clone() else {
            if cli.region.is_some() || cli.profile.is_some() {
                let option = if cli.region.is_some() { "--region" } else { "--profile" };
                let help = "Name the stack too, with `--stack NAME`, or leave this out.";
                return Err(Problem::input(option, "says where a stack is, and none is named", help));
            }
            return Ok(Self::Home { path: cli.home.clone(), key_file: cli.key_file.clone() });
        };
        if let Some(option) = named_at_home {
            let help = "Leave one of them out: a command works on a home or on a stack.";
            return Err(Problem::input(option, "does not go with `--stack`", help));
        }
        if let Some((command, reason)) = of_a_machine(&cli.command) {
            return Err(Problem::input(command, "has no meaning with `--stack`", reason));
        }
        Ok(Self::Stack(Named { stack, region: cli.region.clone(), profile: cli.profile.clone() }))
    }

    /// Opens it. A home is made when there is none; a stack must be there.
    pub(crate) async fn open(&self) -> Result<Machine, Problem> {
        match self {
            Self::Home { key_file, .. } => Machine::at_home(&self.home()?, key_file.as_deref()),
            Self::Stack(named) => Box::pin(cloud::open(named)).await,
        }
    }

    /// Opens it, but makes no home.
    pub(crate) async fn open_if_any(&self) -> Result<Option<Machine>, Problem> {
        match self {
            Self::Home { .. } if !self.home()?.exists() => Ok(None),
            _ => self.open().await.map(Some),
        }
    }

    /// The folder of the home, and its key file.
    pub(crate) fn home(&self) -> Result<PathBuf, Problem> {
        match self {
            Self::Home { path: Some(path), .. } => Ok(path.clone()),
            _ => default_home(),
        }
    }
}

/// The commands that are about this machine, and why.
fn of_a_machine(command: &Command) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Serve => Some((
            "serve",
            "A stack needs nobody to serve it: EventBridge Scheduler starts its runs, and its functions do the work.",
        )),
        Command::Doctor(_) => Some((
            "doctor",
            "It checks and mends the files of a home. docs/OPERATE.md says what to do when something of a stack is damaged.",
        )),
        Command::Demo => Some(("demo", "It plays in a folder of this machine.")),
        Command::Simulate(_) => Some(("simulate", "It serves a simulated system on this machine.")),
        _ => None,
    }
}

/// The home when none is named: `$XDG_DATA_HOME/causeway`, else `~/.local/share/causeway`.
fn default_home() -> Result<PathBuf, Problem> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    data.map(|data| data.join("causeway")).ok_or_else(|| {
        Problem::input("home", "this user has no home directory", "Name a folder with `--home DIR`.")
    })
}
