//! The home of this machine.

use crate::machine::{Machine, Place};
use crate::output::Problem;
use crate::space::{FullDisk, Watched};
use causeway_local::{Home, LocalQueue, LocalQueues, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Clock, Ids};
use causeway_runs::{Engine, Pacing, Queues, ShippedConnectors};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// No message is worked on for longer than this while its process lives; after a crash they are released at once.
const VISIBILITY: Duration = Duration::from_secs(2 * 3600);

/// Attempts before a page or batch is given up; with the growing pauses between them, about a minute.
const MAX_RECEIVES: u32 = 6;

/// A check of a run is repeated until the run is decided, so that its receives say nothing about faults.
const MAX_CHECKS: u32 = 1_000_000;

/// Pages and questions.
pub(crate) const WORK: &str = "work";

/// Checks of runs.
pub(crate) const FINALIZE: &str = "finalize";

/// Batches for the destination.
pub(crate) const DELIVER: &str = "deliver";

/// What a home has besides the engine.
pub(crate) struct Local {
    pub(crate) home: Home,
    pub(crate) queues: LocalQueues,
    pub(crate) full_disk: FullDisk,
}

impl Local {
    /// The queue of that name.
    pub(crate) fn queue(&self, name: &'static str) -> LocalQueue {
        queue(&self.queues, name)
    }
}

fn queue(queues: &LocalQueues, name: &'static str) -> LocalQueue {
    let max_receives = if name == FINALIZE { MAX_CHECKS } else { MAX_RECEIVES };
    queues.queue(name, QueueSettings { visibility: VISIBILITY, max_receives })
}

/// Opens the home at `path`, creating it when there is none.
pub(crate) fn open(path: &Path, key_file: Option<&Path>) -> Result<Machine, Problem> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let home = Home::open(path)?;
    let queues = home.queues(Arc::clone(&clock), Arc::clone(&ids))?;
    let secrets = home.secrets(key_file, Arc::clone(&clock))?;
    let connectors = ShippedConnectors::new(Arc::new(secrets.clone()), Arc::clone(&clock), Arc::clone(&ids));
    let (objects, full_disk) = Watched::new(home.objects());
    let engine = Engine {
        objects: Arc::new(objects),
        queues: Queues {
            work: Arc::new(queue(&queues, WORK)),
            finalize: Arc::new(queue(&queues, FINALIZE)),
            deliver: Arc::new(queue(&queues, DELIVER)),
        },
        clock,
        ids,
        connectors: Arc::new(connectors),
        pacing: Pacing::LOCAL,
    };
    let place = Place::Home(Box::new(Local { home, queues, full_disk }));
    Ok(Machine { engine, secrets: Arc::new(secrets), place })
}
