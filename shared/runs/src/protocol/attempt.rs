//! An attempt of a run: the first one, or one that a person began by reopening it (`docs/adr/0007`).

use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::layout::{AttemptKeys, RunKeys};
use causeway_domain::message::{Message, Work};
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, Failure, Intervention, InterventionKind, Manifest, RunId};
use causeway_ports::{Outgoing, Queue};
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Messages sent with one call.
const SEND_BATCH: usize = 500;

/// A run's manifest, and where it stands.
pub(crate) struct Attempt {
    pub(crate) manifest: Manifest,
    pub(crate) number: u32,
    /// What persons did up to the beginning of this attempt.
    interventions: Vec<Intervention>,
    /// Whether this check has queued work.
    queued: AtomicBool,
}

impl Attempt {
    /// The attempt that `keys` name; `None` while its run has no manifest.
    #[async_recursion]
    pub(crate) async fn load<'a>(engine: &'a Engine, keys: AttemptKeys<'a>) -> Result<Option<Self>, Failure> {
        let objects = engine.objects.as_ref();
        let Some(manifest) = store::read(objects, &keys.run.manifest()).await? else { return Ok(None) };
        let mut interventions = Vec::new();
        for number in 1..=keys.attempt {
            interventions.push(store::require(objects, &keys.run.intervention(number)).await?);
        }
        Ok(Some(Self { number: keys.attempt, interventions, ..Self::first(manifest) }))
    }

    /// The first attempt of a run.
    pub(crate) fn first(manifest: Manifest) -> Self {
        Self { manifest, number: 0, interventions: Vec::new(), queued: AtomicBool::new(false) }
    }

    pub(crate) fn run(&self) -> RunKeys<'_> {
        RunKeys::new(&self.manifest.connection, &self.manifest.run)
    }

    pub(crate) fn keys(&self) -> AttemptKeys<'_> {
        self.run().attempt(self.number)
    }

    /// When it must be decided (I-11).
    pub(crate) fn deadline(&self) -> Timestamp {
        self.interventions.last().and_then(|last| last.deadline).unwrap_or(self.manifest.deadline)
    }

    /// Whether a person has approved the run's held plan.
    pub(crate) fn approved(&self) -> bool {
        self.interventions.iter().any(|one| one.kind == InterventionKind::Approve)
    }

    pub(crate) fn message(&self, work: Work) -> Message {
        Message {
            version: work.version(),
            connection: self.manifest.connection.clone(),
            run: self.manifest.run.clone(),
            generation: self.manifest.generation,
            attempt: self.number,
            work,
        }
    }

    /// Queues work.
    pub(crate) async fn send(
        &self,
        queue: &dyn Queue,
        work: impl IntoIterator<Item = Work> + Send,
    ) -> Result<(), Failure> {
        let messages: Vec<Outgoing> =
            work.into_iter().map(|work| outgoing(&self.message(work), Duration::ZERO)).collect();
        self.queued.fetch_or(!messages.is_empty(), Ordering::Relaxed);
        for batch in messages.chunks(SEND_BATCH) {
            queue.send(batch).await?;
        }
        Ok(())
    }

    /// Whether work was queued since this was loaded.
    pub(crate) fn has_queued(&self) -> bool {
        self.queued.load(Ordering::Relaxed)
    }
}

/// Whether the attempt of `keys` is past its deadline. Its check ends it, and nothing is read or sent for it any more: a
/// message that waits for the other side would otherwise be sent on for ever, should the check be lost (I-11).
pub(crate) async fn is_overdue(
    engine: &Engine,
    keys: AttemptKeys<'_>,
    manifest: &Manifest,
) -> Result<bool, Failure> {
    let reopened: Option<Intervention> = match keys.attempt {
        0 => None,
        number => store::read(engine.objects.as_ref(), &keys.run.intervention(number)).await?,
    };
    let deadline = reopened.and_then(|reopened| reopened.deadline).unwrap_or(manifest.deadline);
    Ok(engine.clock.now() > deadline)
}

pub(crate) fn outgoing(message: &Message, delay: Duration) -> Outgoing {
    Outgoing { body: message.to_body(), delay }
}

/// What persons did to a run, in order.
pub(crate) async fn interventions(engine: &Engine, run: RunKeys<'_>) -> Result<Vec<Intervention>, Failure> {
    let mut interventions: Vec<Intervention> = Vec::new();
    for key in engine.objects.list(&run.interventions()).await? {
        interventions.push(store::require(engine.objects.as_ref(), &key).await?);
    }
    interventions.sort_by_key(|one| one.number);
    Ok(interventions)
}

/// The newest attempt among `interventions`.
pub(crate) fn newest(interventions: &[Intervention]) -> u32 {
    interventions.iter().filter(|one| one.reopens()).map(|one| one.number).max().unwrap_or_default()
}

/// How the newest attempt of a run ended; `None` while it is at work.
pub(crate) async fn outcome(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
) -> Result<Option<RunOutcome>, Failure> {
    let keys = RunKeys::new(name, run);
    let attempt = newest(&interventions(engine, keys).await?);
    store::read(engine.objects.as_ref(), &keys.attempt(attempt).outcome()).await
}
