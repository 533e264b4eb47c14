//! What a command works with: the engine over the home of this machine, or over a stack.

use crate::cloud::Cloud;
use crate::local::Local;
use crate::output::Problem;
use causeway_domain::definition::Registered;
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_ports::SecretKeeper;
use causeway_runs::Engine;
use std::path::Path;
use std::sync::Arc;

/// Everything a command works with.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) secrets: Arc<dyn SecretKeeper>,
    pub(crate) place: Place,
}

/// Where that is, with what only this place has.
pub(crate) enum Place {
    Home(Box<Local>),
    Stack(Box<Cloud>),
}

impl Machine {
    /// Opens the home at `path`, creating it when there is none.
    pub(crate) fn at_home(path: &Path, key_file: Option<&Path>) -> Result<Self, Problem> {
        crate::local::open(path, key_file)
    }

    /// What only a home has.
    ///
    /// # Errors
    /// A command that needs it is refused for a stack before; this says so, too.
    pub(crate) fn local(&self) -> Result<&Local, Failure> {
        match &self.place {
            Place::Home(local) => Ok(local),
            Place::Stack(cloud) => {
                let subject = format!("stack {}", cloud.name);
                Err(Failure::new(FailureKind::NotPossible, subject, "it has no home on this machine"))
            }
        }
    }

    /// How the next command begins.
    pub(crate) fn causeway(&self) -> String {
        match &self.place {
            Place::Home(_) => "causeway".to_owned(),
            Place::Stack(cloud) => format!("causeway --stack {}", cloud.name),
        }
    }

    /// Has the schedule of a connection followed by whoever wakes it. On one machine `serve` looks for itself.
    pub(crate) async fn follow_schedule(&self, name: &ConnectionName) -> Result<(), Failure> {
        match &self.place {
            Place::Home(_) => Ok(()),
            Place::Stack(cloud) => {
                causeway_runs::follow_schedule(&self.engine, cloud.schedules.as_ref(), name).await
            }
        }
    }

    /// Names of the secrets that `registered` needs and that are not stored.
    pub(crate) async fn missing_secrets(&self, registered: &Registered) -> Result<Vec<String>, Problem> {
        Ok(causeway_runs::missing_secrets(registered, &self.stored_secrets().await?))
    }

    /// Names of the secrets that are stored.
    pub(crate) async fn stored_secrets(&self) -> Result<Vec<String>, Problem> {
        Ok(self.secrets.list().await?.into_iter().map(|entry| entry.name).collect())
    }

    /// Finds a run by its id, by the beginning of its id, or, by a connection's name, the newest run of that.
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
                format!("{many} runs begin so"),
                "Give more of the id.",
            )),
        }
    }
}

fn not_found(wanted: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("run {wanted}"), detail)
}
