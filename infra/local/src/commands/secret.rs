//! `secret set | list | delete`. A secret is never an argument, so it is in no history and no process list.

use crate::cli::SecretCommand;
use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::Screen;
use crate::present::numbers::time;
use crate::problem::Problem;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{SecretKeeper, SecretText};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use secrecy::ExposeSecret;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

/// A token or password is shorter than this, in bytes.
const LONGEST: u64 = 64 * 1024;

pub(super) async fn answer(
    command: SecretCommand,
    machine: &Machine,
    screen: &Screen,
) -> Result<Ending, Problem> {
    match command {
        SecretCommand::Set { name, from_file } => {
            let text = read(&name, from_file.as_deref())?;
            machine.secrets.set(&name, &text).await?;
            screen.show(&json!({ "secret": name, "stored": true }), || format!("Secret {name} stored."))?;
        }
        SecretCommand::List => list(machine, screen).await?,
        SecretCommand::Delete { name } => {
            if !machine.secrets.delete(&name).await? {
                let missing =
                    Failure::new(FailureKind::SecretMissing, format!("secret {name}"), "is not stored");
                return Err(missing.into());
            }
            screen.show(&json!({ "secret": name, "deleted": true }), || format!("Secret {name} deleted."))?;
        }
    }
    Ok(Ending::Done)
}

async fn list(machine: &Machine, screen: &Screen) -> Result<(), Problem> {
    let secrets = machine.secrets.list().await?;
    screen.show(&secrets, || {
        if secrets.is_empty() {
            return "No secrets. Store one with `causeway secret set NAME`.".to_owned();
        }
        let mut grid = screen.grid(&["secret", "stored at"]);
        for secret in &secrets {
            grid.row([secret.name.clone(), time(secret.set_at)]);
        }
        grid.to_string()
    })
}

/// One line end after the secret is not part of it.
fn read(name: &str, file: Option<&Path>) -> Result<SecretText, Problem> {
    let stdin = io::stdin();
    let text = match file {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| Problem::file(path, "open it", &error))?;
            read_all(file).map_err(|error| Problem::file(path, "read it", &error))?
        }
        None if stdin.is_terminal() => {
            prompt(name).map_err(|error| Problem::file(Path::new("terminal"), "read it", &error))?
        }
        None => {
            read_all(stdin.lock()).map_err(|error| Problem::file(Path::new("stdin"), "read it", &error))?
        }
    };
    let exposed = text.expose_secret();
    let trimmed =
        exposed.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).unwrap_or(exposed);
    if trimmed.is_empty() || trimmed.contains('\n') {
        let found = if trimmed.is_empty() { "it is empty" } else { "it has several lines" };
        return Err(Problem::input(
            format!("secret {name}"),
            found,
            "A token or password is one line of text.",
        ));
    }
    Ok(SecretText::from(trimmed))
}

fn read_all(from: impl Read) -> io::Result<SecretText> {
    let mut text = String::new();
    from.take(LONGEST).read_to_string(&mut text)?;
    Ok(SecretText::from(text))
}

/// Reads one line from the terminal without echo.
fn prompt(name: &str) -> io::Result<SecretText> {
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    silent.local_flags.insert(LocalFlags::ECHONL);
    write!(io::stderr(), "Secret {name}, not shown while typed: ")?;
    io::stderr().flush()?;
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &silent)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &before)?;
    read.map(|_| SecretText::from(line))
}
