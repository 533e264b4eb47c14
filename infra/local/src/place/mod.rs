//! The place a command works on: the home of this machine, or a stack of functions on AWS.

pub(crate) mod home;
mod location;
pub(crate) mod stack;
mod waiting;

pub(crate) use location::Location;
pub(crate) use waiting::{Ended, until_decided, watch};

use crate::output::Problem;
use causeway_domain::definition::Registered;
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_ports::SecretKeeper;
use causeway_runs::Engine;
use home::Home;
use stack::Stack;
use std::path::Path;
use std::sync::Arc;

/// An open home or stack.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) secrets: Arc<dyn SecretKeeper>,
    pub(crate) kind: Kind,
}

/// The kind of place, with its specific parts.
pub(crate) enum Kind {
    Home(Box<Home>),
    Stack(Box<Stack>),
}

impl Place {
    /// Opens the home at `path`, creating it when there is none.
    pub(crate) fn at_home(path: &Path, key_file: Option<&Path>) -> Result<Self, Problem> {
        let (engine, secrets, home) = home::open(path, key_file)?;
        Ok(Self { engine, secrets, kind: Kind::Home(Box::new(home)) })
    }

    /// Finds the stack at `address`.
    pub(crate) async fn at_stack(address: &stack::Address) -> Result<Self, Problem> {
        let (engine, secrets, stack) = stack::open(address).await?;
        Ok(Self { engine, secrets, kind: Kind::Stack(Box::new(stack)) })
    }

    /// The parts that only a home has.
    ///
    /// # Errors
    /// `NotPossible` for a stack; commands that need a home are refused earlier.
    pub(crate) fn home(&self) -> Result<&Home, Failure> {
        match &self.kind {
            Kind::Home(home) => Ok(home),
            Kind::Stack(stack) => {
                let subject = format!("stack {}", stack.name);
                Err(Failure::new(FailureKind::NotPossible, subject, "it has no home on this machine"))
            }
        }
    }

    /// How a suggested command begins.
    pub(crate) fn causeway(&self) -> String {
        match &self.kind {
            Kind::Home(_) => "causeway".to_owned(),
            Kind::Stack(stack) => format!("causeway --stack {}", stack.name),
        }
    }

    /// Updates the schedule that wakes a connection. On one machine `serve` reads schedules itself.
    pub(crate) async fn follow_schedule(&self, name: &ConnectionName) -> Result<(), Failure> {
        match &self.kind {
            Kind::Home(_) => Ok(()),
            Kind::Stack(stack) => {
                causeway_runs::follow_schedule(&self.engine, stack.schedules.as_ref(), name).await
            }
        }
    }

    /// Names of the secrets that `registered` needs and that are not stored.
    pub(crate) async fn missing_secrets(&self, registered: &Registered) -> Result<Vec<String>, Problem> {
        Ok(causeway_runs::missing_secrets(&self.engine, registered, &self.stored_secrets().await?))
    }

    /// Names of the secrets that are stored.
    pub(crate) async fn stored_secrets(&self) -> Result<Vec<String>, Problem> {
        Ok(self.secrets.list().await?.into_iter().map(|entry| entry.name).collect())
    }

    /// Finds a run by its id or a prefix of it, or the newest run of a connection by the connection's name.
    pub(crate) async fn find_run(&self, wanted: &str) -> Result<(ConnectionName, RunId), Problem> {
        let mut found = Vec::new();
        for connection in causeway_runs::list(&self.engine).await? {
            let name = connection.registered.definition.name;
            let runs = causeway_runs::runs(&self.engine, &name).await?;
            if name.as_str() == wanted {
                let newest = runs.into_iter().next().map(|(run, ..)| run);
                let none = || not_found(wanted, "this connection has not been run yet");
                return Ok((name, newest.ok_or_else(none)?));
            }
            let matching = runs.into_iter().filter(|(run, ..)| run.as_str().starts_with(wanted));
            found.extend(matching.map(|(run, ..)| (name.clone(), run)));
        }
        match found.len() {
            0 => Err(not_found(wanted, "there is no such run").into()),
            1 => found.pop().ok_or_else(|| not_found(wanted, "there is no such run").into()),
            many => Err(Problem::input(
                format!("run {wanted}"),
                format!("matches {many} runs"),
                "Use a longer prefix.",
            )),
        }
    }
}

fn not_found(wanted: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("run {wanted}"), detail)
}
