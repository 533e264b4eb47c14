//! The home of this machine: its folder, its queues, and the process that serves them.

mod consumers;
mod recovery;
mod space;
mod work;

pub(crate) use consumers::{Concurrency, Consumers};
pub(crate) use recovery::recover;

use crate::output::Problem;
use causeway_connectors::ShippedConnectors;
use causeway_local::{LocalQueue, LocalQueues, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Clock, Ids, SecretKeeper};
use causeway_runs::{Engine, Pacing, Queues};
use space::{FullDisk, Watched};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest processing time of a message while its process lives; after a crash messages are released at once.
const VISIBILITY: Duration = Duration::from_secs(2 * 3600);

/// Attempts before a page or batch fails; with growing pauses between them, about a minute.
const MAX_RECEIVES: u32 = 6;

/// A check of a run is repeated until the run is decided, so its receive count says nothing about faults.
const MAX_CHECKS: u32 = 1_000_000;

/// Pages and direct queries.
const WORK: &str = "work";

/// Checks of runs.
const FINALIZE: &str = "finalize";

/// Batches for the destination.
const DELIVER: &str = "deliver";

/// The parts of a home besides the engine.
pub(crate) struct Home {
    pub(crate) folder: causeway_local::Home,
    pub(crate) queues: LocalQueues,
    pub(crate) full_disk: FullDisk,
}

impl Home {
    /// The queue of this name.
    fn queue(&self, name: &'static str) -> LocalQueue {
        queue(&self.queues, name)
    }
}

fn queue(queues: &LocalQueues, name: &'static str) -> LocalQueue {
    let max_receives = if name == FINALIZE { MAX_CHECKS } else { MAX_RECEIVES };
    queues.queue(name, QueueSettings { visibility: VISIBILITY, max_receives })
}

/// Opens the home at `path`, creating it when there is none.
pub(super) fn open(
    path: &Path,
    key_file: Option<&Path>,
) -> Result<(Engine, Arc<dyn SecretKeeper>, Home), Problem> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let folder = causeway_local::Home::open(path)?;
    let queues = folder.queues(Arc::clone(&clock), Arc::clone(&ids))?;
    let secrets = folder.secrets(key_file, Arc::clone(&clock))?;
    let connectors = ShippedConnectors::new(Arc::new(secrets.clone()), Arc::clone(&clock), Arc::clone(&ids));
    let (objects, full_disk) = Watched::new(folder.objects());
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
    Ok((engine, Arc::new(secrets), Home { folder, queues, full_disk }))
}
