//! One machine: a home folder with the engine over it.

use crate::problem::Problem;
use crate::space::{FullDisk, Watched};
use causeway_domain::definition::Registered;
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_local::{Home, LocalQueues, LocalSecrets, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Clock, Ids, Queue, SecretKeeper};
use causeway_runs::{Engine, Pacing, Queues, ShippedConnectors};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// No message is worked on for longer than this while its process lives; after a crash they are released at once.
const VISIBILITY: Duration = Duration::from_secs(2 * 3600);

/// Attempts before a page or batch is given up; with the growing pauses between them, about a minute.
const MAX_RECEIVES: u32 = 6;

/// A check of a run is repeated until the run is decided, so that its receives say nothing about faults.
const MAX_CHECKS: u32 = 1_000_000;

/// Everything a command works with.
pub(crate) struct Machine {
    pub(crate) home: Home,
    pub(crate) engine: Engine,
    pub(crate) queues: LocalQueues,
    pub(crate) secrets: LocalSecrets,
    pub(crate) full_disk: FullDisk,
}

impl Machine {
    /// Opens the home at `path`, creating it when there is none.
    pub(crate) fn open(path: &Path, key_file: Option<&Path>) -> Result<Self, Problem> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let home = Home::open(path)?;
        let queues = home.queues(Arc::clone(&clock), Arc::clone(&ids))?;
        let secrets = home.secrets(key_file, Arc::clone(&clock))?;
        let queue = |name, max_receives| -> Arc<dyn Queue> {
            Arc::new(queues.queue(name, QueueSettings { visibility: VISIBILITY, max_receives }))
        };
        let connectors =
            ShippedConnectors::new(Arc::new(secrets.clone()), Arc::clone(&clock), Arc::clone(&ids));
        let (objects, full_disk) = Watched::new(home.objects());
        let engine = Engine {
            objects: Arc::new(objects),
            queues: Queues {
                work: queue("work", MAX_RECEIVES),
                finalize: queue("finalize", MAX_CHECKS),
                deliver: queue("deliver", MAX_RECEIVES),
            },
            clock,
            ids,
            connectors: Arc::new(connectors),
            pacing: Pacing::LOCAL,
        };
        Ok(Self { home, engine, queues, secrets, full_disk })
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

/// The home when none is named: `$XDG_DATA_HOME/causeway`, else `~/.local/share/causeway`.
pub(crate) fn default_home() -> Result<PathBuf, Problem> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    data.map(|data| data.join("causeway")).ok_or_else(|| {
        Problem::input("home", "this user has no home directory", "Name a folder with `--home DIR`.")
    })
}
