//! The loops that stand in for Lambda's triggers: workers, finalizer and deliverers over the local queues.
//!
//! They work on the messages of every run in the queues, whichever run is waited for.

use crate::interrupt::Interrupt;
use crate::machine::Machine;
use causeway_domain::{ConnectionName, Failure, Retry, RunId};
use causeway_ports::{Queue, Received, Settlement};
use causeway_runs::{Engine, Progress};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// How often the run is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Longest pause of a lane without messages; a message that becomes visible meanwhile waits no longer than this.
const IDLE: Duration = Duration::from_millis(50);

/// Faults of the queue itself in a row, after which a lane gives up.
const MAX_FAULTS: u32 = 5;

/// Messages worked on side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Widths {
    pub(crate) fetch: usize,
    pub(crate) deliver: usize,
}

/// Why the loops ended.
pub(crate) enum Drove {
    /// The run is decided.
    Decided,
    /// The process was asked to stop; everything in flight was finished.
    Interrupted,
}

/// Works until `run` is decided or the process is asked to stop. `look` sees the progress several times a second.
pub(crate) async fn until_decided(
    machine: &Machine,
    (connection, run): (&ConnectionName, &RunId),
    widths: Widths,
    interrupt: &mut Interrupt,
    mut look: impl FnMut(&Progress),
) -> Result<Drove, Failure> {
    let engine = &machine.engine;
    let (halt, halted) = watch::channel(false);
    let mut lanes = start_lanes(engine, widths, &halted);
    let mut full_disk = machine.full_disk.clone();
    let mut ended = loop {
        match causeway_runs::progress(engine, connection, run).await {
            Err(failure) => break Err(failure),
            Ok(progress) => {
                look(&progress);
                if progress.outcome.is_some() {
                    break Ok(Drove::Decided);
                }
            }
        }
        tokio::select! {
            () = engine.clock.sleep(LOOK) => {}
            () = interrupt.asked() => break Ok(Drove::Interrupted),
            failure = full_disk.noticed() => break Err(failure),
            Some(lane) = lanes.join_next() => if let Err(failure) = flatten(lane) { break Err(failure) },
        }
    };
    halt.send_replace(true);
    while let Some(lane) = lanes.join_next().await {
        if let Err(failure) = flatten(lane) {
            ended = ended.and(Err(failure));
        }
    }
    ended
}

type Work = fn(Engine, Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>>;

fn start_lanes(
    engine: &Engine,
    widths: Widths,
    halted: &watch::Receiver<bool>,
) -> JoinSet<Result<(), Failure>> {
    let queues = &engine.queues;
    let mut lanes = JoinSet::new();
    let mut start = |queue: &Arc<dyn Queue>, width: usize, work: Work| {
        let lane = Lane { engine: engine.clone(), queue: Arc::clone(queue), width: width.max(1), work };
        lanes.spawn(lane.run(halted.clone()));
    };
    start(&queues.work, widths.fetch, |engine, message| {
        Box::pin(async move { causeway_runs::fetch(&engine, &message).await })
    });
    start(&queues.finalize, 1, |engine, message| {
        Box::pin(async move { causeway_runs::finalize(&engine, &message).await })
    });
    start(&queues.deliver, widths.deliver, |engine, message| {
        Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
    });
    lanes
}

/// One queue with so many messages in work at most.
struct Lane {
    engine: Engine,
    queue: Arc<dyn Queue>,
    width: usize,
    work: Work,
}

impl Lane {
    /// Works until halted, then finishes what is in flight.
    async fn run(self, mut halted: watch::Receiver<bool>) -> Result<(), Failure> {
        let mut in_flight = JoinSet::new();
        let mut faults = 0;
        while !*halted.borrow_and_update() {
            let free = self.width.saturating_sub(in_flight.len());
            match self.queue.receive(free).await {
                Ok(messages) => {
                    faults = 0;
                    for message in messages {
                        in_flight.spawn(settle(
                            self.engine.clone(),
                            Arc::clone(&self.queue),
                            message,
                            self.work,
                        ));
                    }
                }
                Err(failure) => {
                    faults += 1;
                    if failure.retry() == Retry::Never || faults == MAX_FAULTS {
                        return Err(failure);
                    }
                }
            }
            let full = in_flight.len() >= self.width;
            tokio::select! {
                Some(done) = in_flight.join_next() => flatten(done)?,
                () = self.engine.clock.sleep(IDLE * (1 + faults * faults)), if !full => {}
                _ = halted.changed() => {}
            }
        }
        while let Some(done) = in_flight.join_next().await {
            flatten(done)?;
        }
        Ok(())
    }
}

/// Works on one message. A settlement that cannot be written is tried again: work done twice changes nothing, but the
/// message would stay hidden for long.
async fn settle(engine: Engine, queue: Arc<dyn Queue>, message: Received, work: Work) -> Result<(), Failure> {
    let receipt = message.receipt.clone();
    let settlement = work(engine.clone(), message).await;
    let mut faults = 0;
    loop {
        match queue.settle(&receipt, settlement.clone()).await {
            Ok(()) => return Ok(()),
            Err(failure) => {
                faults += 1;
                if failure.retry() == Retry::Never || faults == MAX_FAULTS {
                    return Err(failure);
                }
            }
        }
        engine.clock.sleep(IDLE * (1 + faults * faults)).await;
    }
}

fn flatten(ended: Result<Result<(), Failure>, JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Ok(()),
    })
}
