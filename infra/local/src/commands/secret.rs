//! `secret set | list | delete`. A secret is never an argument, so it is in no history and no process list.

use crate::arguments::SecretCommand;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::SecretText;
use causeway_ports::secrets::{LONGEST, check_name, one_line};
use causeway_views::numbers::time;
use causeway_views::{SecretDeleted, SecretStored};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use secrecy::zeroize::Zeroizing;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

/// Most bytes read: one more than the longest secret with its byte-order mark and line end.
const READ: u64 = LONGEST as u64 + 6;

/// Length of a line at which a terminal may have dropped the rest, in bytes.
const TERMINAL_LINE: usize = 4095;

pub(crate) async fn answer(
    command: SecretCommand,
    place: &Place,
    screen: &Screen,
) -> Result<Ending, Problem> {
    match command {
        SecretCommand::Set { name, from_file } => {
            let text = read(&name, from_file.as_deref())?;
            place.secrets.set(&name, &text).await?;
            screen.show(&SecretStored::of(name.clone()), || format!("Secret {name} stored."))?;
        }
        SecretCommand::List => list(place, screen).await?,
        SecretCommand::Delete { name } => {
            if !place.secrets.delete(&name).await? {
                let missing =
                    Failure::new(FailureKind::SecretMissing, format!("secret {name}"), "is not stored");
                return Err(missing.into());
            }
            screen.show(&SecretDeleted::of(name.clone()), || format!("Secret {name} deleted."))?;
        }
    }
    Ok(Ending::Done)
}

async fn list(place: &Place, screen: &Screen) -> Result<(), Problem> {
    let secrets = place.secrets.list().await?;
    screen.show(&secrets, || {
        if secrets.is_empty() {
            return format!("No secrets. Store one with `{} secret set NAME`.", place.causeway());
        }
        let mut grid = screen.grid(&["secret", "stored at"]);
        for secret in &secrets {
            grid.row([secret.name.clone(), time(secret.set_at)]);
        }
        grid.to_string()
    })
}

/// Reads the secret from a file, the terminal or stdin.
fn read(name: &str, file: Option<&Path>) -> Result<SecretText, Problem> {
    check_name(name)?;
    let stdin = io::stdin();
    let written = match file {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| Problem::file(path, "open it", &error))?;
            read_all(file).map_err(|error| Problem::file(path, "read it", &error))?
        }
        None if stdin.is_terminal() => {
            let line =
                prompt(name).map_err(|error| Problem::file(Path::new("terminal"), "read it", &error))?;
            if line.len() >= TERMINAL_LINE {
                let cut = "the terminal takes 4,095 bytes of a line and drops the rest";
                return Err(Problem::input(
                    format!("secret {name}"),
                    cut,
                    "Pipe it in, or use `--from-file`.",
                ));
            }
            line
        }
        None => {
            read_all(stdin.lock()).map_err(|error| Problem::file(Path::new("stdin"), "read it", &error))?
        }
    };
    Ok(one_line(name, &written)?)
}

fn read_all(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads one line from the terminal without echo.
fn prompt(name: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    silent.local_flags.insert(LocalFlags::ECHONL);
    write!(io::stderr(), "Secret {name}, not shown while typed: ")?;
    io::stderr().flush()?;
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &silent)?;
    let mut line = Zeroizing::new(Vec::new());
    let read = stdin.lock().read_until(b'\n', &mut line);
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &before)?;
    read.map(|_| line)
}
