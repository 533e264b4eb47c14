//! An engine over the local ports that knows the connectors of the guides and no other.

use causeway_conformance::PatientClock;
use causeway_connector::{Connector, Receiver};
use causeway_connectors::{List, ShippedConnectors};
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, RunId};
use causeway_local::{Home, QueueSettings, SystemIds};
use causeway_ports::{Clock, Ids, Queue, SecretKeeper, SecretText};
use causeway_runs::{Engine, Pacing, Queues, StartRequest};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const CONNECTORS: &[Connector] = &[causeway_guide_source::CONNECTOR];
const RECEIVERS: &[Receiver] = &[causeway_guide_receiver::RECEIVER];

/// The list, which is all that Causeway knows of them.
pub(crate) static LIST: LazyLock<List> = LazyLock::new(|| List::new(CONNECTORS, RECEIVERS));

/// A machine whose clock moves while messages wait.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    clock: Arc<PatientClock>,
}

impl Machine {
    /// In `folder`, with these secrets.
    pub(crate) async fn new(folder: &Path, secrets: &[(&str, &str)]) -> Self {
        let clock = Arc::new(PatientClock::default());
        let (time, ids): (Arc<dyn Clock>, Arc<dyn Ids>) =
            (Arc::<PatientClock>::clone(&clock), Arc::new(SystemIds));
        let home = Home::open(folder).unwrap();
        let queues = home.queues(Arc::clone(&time), Arc::clone(&ids)).unwrap();
        let queue = |name| -> Arc<dyn Queue> {
            let settings = QueueSettings { visibility: Duration::from_secs(600), max_receives: 5 };
            Arc::new(queues.queue(name, settings))
        };
        let keyring = home.secrets(None, Arc::clone(&time)).unwrap();
        for (name, text) in secrets {
            keyring.set(name, &SecretText::from(*text)).await.unwrap();
        }
        let connectors = ShippedConnectors::new(Arc::new(keyring), Arc::clone(&time), Arc::clone(&ids));
        let engine = Engine {
            objects: Arc::new(home.objects()),
            queues: Queues { work: queue("work"), finalize: queue("finalize"), deliver: queue("deliver") },
            clock: time,
            ids,
            connectors: Arc::new(connectors.of_list(&LIST)),
            pacing: Pacing::LOCAL,
        };
        Self { engine, clock }
    }

    /// Makes a run from start to end.
    pub(crate) async fn run(&self, name: &ConnectionName) -> RunOutcome {
        self.clock.advance(Duration::from_secs(3600));
        let request = StartRequest { at: self.engine.clock.now(), token: "test".to_owned() };
        let started = causeway_runs::start(&self.engine, name, &request).await.unwrap();
        for _ in 0..1_000 {
            if let Some(outcome) = self.outcome(name, &started.run).await {
                return outcome;
            }
            if !self.step().await {
                self.clock.advance(Duration::from_secs(1));
            }
        }
        panic!("run {} does not end", started.run);
    }

    async fn outcome(&self, name: &ConnectionName, run: &RunId) -> Option<RunOutcome> {
        causeway_runs::details(&self.engine, name, run).await.unwrap().outcome
    }

    /// Works on one message; returns whether there was one.
    async fn step(&self) -> bool {
        let Engine { queues, .. } = &self.engine;
        for (number, queue) in [&queues.work, &queues.deliver, &queues.finalize].into_iter().enumerate() {
            let Some(received) = queue.receive(1).await.unwrap().pop() else { continue };
            let settlement = match number {
                0 => causeway_runs::fetch(&self.engine, &received).await,
                1 => causeway_runs::deliver(&self.engine, &received).await,
                _ => causeway_runs::finalize(&self.engine, &received).await,
            };
            queue.settle(&received, settlement).await.unwrap();
            return true;
        }
        false
    }
}
