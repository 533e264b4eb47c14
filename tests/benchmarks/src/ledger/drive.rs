//! The product's use cases over a home, step by step.

use super::rows::Rows;
use super::vendor::Sides;
use crate::BoxError;
use bytes::Bytes;
use causeway_domain::connection::LedgerPointer;
use causeway_domain::definition::{Definition, Registered};
use causeway_domain::layout::{ConnectionKeys, RunKeys};
use causeway_domain::plan::Plan;
use causeway_domain::{ConnectionName, ConnectionRecord, ConnectionState, RunId};
use causeway_local::{Home, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Clock, Ids, PutCondition, Queue, Settlement};
use causeway_runs::{Engine, Pacing, Queues, StartRequest};
use futures::StreamExt;
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Name of the connection.
pub(super) const NAME: &str = "plant";

const DEFINITION: &str = r#"
name = "plant"

[source.claroty-xdome]
api_url = "https://vendor.example"
api_token_secret = "token"

[destination.files]
folder = "out"
"#;

/// Messages worked on side by side.
const WIDTH: usize = 4;

/// A home with the engine over it.
pub(super) struct Site {
    engine: Engine,
    name: ConnectionName,
}

impl Site {
    pub(super) fn open(home: &Path, rows: Rows) -> Result<Self, BoxError> {
        let home = Home::open(home)?;
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let queues = home.queues(Arc::clone(&clock), Arc::clone(&ids))?;
        let settings = QueueSettings { visibility: Duration::from_secs(7200), max_receives: 1_000_000 };
        let queue = |name| -> Arc<dyn Queue> { Arc::new(queues.queue(name, settings)) };
        let engine = Engine {
            objects: Arc::new(home.objects()),
            queues: Queues { work: queue("work"), finalize: queue("finalize"), deliver: queue("deliver") },
            clock,
            ids,
            connectors: Arc::new(Sides(Arc::new(rows))),
            pacing: Pacing::LOCAL,
        };
        Ok(Self { engine, name: ConnectionName::parse(NAME)? })
    }

    /// Starts run number `run`.
    pub(super) async fn begin(&self, run: u8) -> Result<(), BoxError> {
        let definition = Definition::parse(DEFINITION, "plant.toml", causeway_connectors::catalog())?;
        let (documents, versions) = Default::default();
        causeway_runs::register(&self.engine, &Registered { definition, documents, versions }).await?;
        let token = run.to_string();
        causeway_runs::start(&self.engine, &self.name, &StartRequest { at: self.engine.clock.now(), token })
            .await?;
        Ok(())
    }

    async fn record(&self) -> Result<ConnectionRecord, BoxError> {
        Ok(causeway_runs::load(&self.engine, &self.name).await?.record)
    }

    /// The run that was started last.
    pub(super) async fn run(&self) -> Result<RunId, BoxError> {
        Ok(self.record().await?.current_run.ok_or("no run was started")?)
    }

    /// Stages all pages of the run; returns the bytes of their text.
    pub(super) async fn stage(&self, progress: &ProgressBar) -> Result<u64, BoxError> {
        let details = causeway_runs::details(&self.engine, &self.name, &self.run().await?).await?;
        let streams = details.manifest.map(|manifest| manifest.streams).unwrap_or_default();
        progress.set_length(streams.iter().map(|plan| u64::from(plan.pages)).sum());
        progress.set_position(0);
        while self.work(progress).await? {}
        let details = causeway_runs::details(&self.engine, &self.name, &self.run().await?).await?;
        Ok(details.pages.iter().map(|page| page.data_bytes).sum())
    }

    /// Works off what is in the queue of pages and questions; returns whether there was anything.
    async fn work(&self, progress: &ProgressBar) -> Result<bool, BoxError> {
        let queue = &self.engine.queues.work;
        let messages = queue.receive(16 * WIDTH).await?;
        let any = !messages.is_empty();
        let work = |message: causeway_ports::Received| {
            let (engine, queue) = (self.engine.clone(), Arc::clone(queue));
            tokio::spawn(async move {
                let settlement = causeway_runs::fetch(&engine, &message).await;
                queue.settle(&message, settlement).await
            })
        };
        let mut done = futures::stream::iter(messages).map(work).buffer_unordered(WIDTH);
        while let Some(done) = done.next().await {
            done??;
            progress.inc(1);
        }
        Ok(any)
    }

    /// Lets the finalizer go on until the plan is there; returns the seconds that took.
    pub(super) async fn plan(&self) -> Result<f64, BoxError> {
        let run = self.run().await?;
        let began = self.engine.clock.now();
        let key = RunKeys::new(&self.name, &run).plan();
        let queue = &self.engine.queues.finalize;
        while self.engine.objects.get(&key).await?.is_none() {
            for check in queue.receive(1).await? {
                let settlement = match causeway_runs::finalize(&self.engine, &check).await {
                    // What it waits for is done meanwhile.
                    Settlement::RetryIn(_) => Settlement::RetryIn(Duration::ZERO),
                    settlement => settlement,
                };
                queue.settle(&check, settlement).await?;
            }
            self.work(&ProgressBar::hidden()).await?;
            let record = self.record().await?;
            if record.state != ConnectionState::Processing {
                return Err(format!("the run ended without a plan: {record:?}").into());
            }
        }
        Ok(self.engine.clock.now().duration_since(began).as_secs_f64())
    }

    /// Puts the plan's ledger in force without delivering anything.
    pub(super) async fn put_in_force(&self) -> Result<(), BoxError> {
        let run = self.run().await?;
        let objects = &self.engine.objects;
        let plan = objects.get(&RunKeys::new(&self.name, &run).plan()).await?.ok_or("there is no plan")?;
        let plan: Plan = serde_json::from_slice(&plan.body)?;
        let key = ConnectionKeys(&self.name).state();
        let before = objects.get(&key).await?.ok_or("there is no state")?;
        let record: ConnectionRecord = serde_json::from_slice(&before.body)?;
        let (generation, index) = (plan.generation, plan.ledger_index);
        let ledger = Some(LedgerPointer { generation, run, index, undelivered: None });
        let state = ConnectionState::Processed;
        let record = ConnectionRecord { state, ledger, changed_at: Timestamp::UNIX_EPOCH, ..record };
        let body = Bytes::from(serde_json::to_vec(&record)?);
        objects.put(&key, body, PutCondition::IfMatch(before.etag)).await?;
        // The checks of the first run are none of the second one's.
        for check in self.engine.queues.finalize.receive(100).await? {
            self.engine.queues.finalize.settle(&check, Settlement::Done).await?;
        }
        Ok(())
    }
}
