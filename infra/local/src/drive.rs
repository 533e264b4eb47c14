//! The loops that stand in for Lambda's triggers: workers, finalizer and deliverers over the local queues.
//!
//! They work on the messages of every run in the queues, whichever run is waited for.

use crate::local::{DELIVER, FINALIZE, Local, WORK};
use crate::output::Event;
use crate::process::Interrupt;
use crate::recovery::recover;
use causeway_domain::{ConnectionName, Failure, Retry, RunId};
use causeway_local::{LocalQueue, Workplace};
use causeway_ports::{Queue, Received, Settlement};
use causeway_runs::{Engine, Progress};
use jiff::SignedDuration;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The process was asked to stop; the one that serves the home goes on, or the functions do.
    Left,
}

/// Works until `run` is decided or the process is asked to stop. Where another process serves the home, that one works
/// and this one looks on; should it end before the run does, this one takes over. `look` sees the progress several times
/// a second.
pub(crate) async fn until_decided(
    engine: &Engine,
    (local, mut workplace): (&Local, Workplace),
    (connection, run): (&ConnectionName, &RunId),
    widths: Widths,
    interrupt: &mut Interrupt,
    mut look: impl FnMut(&Progress),
) -> Result<Drove, Failure> {
    let mut lanes = match workplace {
        Workplace::Own(_) => Lanes::start(engine, widths),
        Workplace::Served => Lanes::default(),
    };
    let mut full_disk = local.full_disk.clone();
    let ended = loop {
        if matches!(workplace, Workplace::Served)
            && let Ok(Workplace::Own(mut lock)) = local.home.enter()
        {
            recover(engine, local, &mut lock, [connection], interrupt, &mut Event::log).await?;
            causeway_runs::resume(engine, connection).await?;
            lanes = Lanes::start(engine, widths);
            workplace = Workplace::Own(lock);
        }
        let began = engine.clock.now();
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
            () = engine.clock.sleep(pause_after(engine.clock.now().duration_since(began))) => {}
            () = interrupt.asked() => break Ok(match workplace {
                Workplace::Own(_) => Drove::Interrupted,
                Workplace::Served => Drove::Left,
            }),
            failure = full_disk.noticed() => break Err(failure),
            failure = lanes.failure() => break Err(failure),
        }
    };
    if let Workplace::Own(lock) = &mut workplace {
        lock.stopping();
    }
    let stopped = lanes.stop().await;
    ended.and_then(|drove| stopped.map(|()| drove))
}

/// Looks on until `run` is decided by the functions that work on it, or the process is asked to stop.
pub(crate) async fn look_on(
    engine: &Engine,
    (connection, run): (&ConnectionName, &RunId),
    interrupt: &mut Interrupt,
    mut look: impl FnMut(&Progress),
) -> Result<Drove, Failure> {
    loop {
        let began = engine.clock.now();
        let progress = causeway_runs::progress(engine, connection, run).await?;
        look(&progress);
        if progress.outcome.is_some() {
            return Ok(Drove::Decided);
        }
        tokio::select! {
            () = engine.clock.sleep(pause_after(engine.clock.now().duration_since(began))) => {}
            () = interrupt.asked() => return Ok(Drove::Left),
        }
    }
}

/// A look lists all pages, so with very many of them it takes its time: then it is taken less often.
fn pause_after(look: SignedDuration) -> Duration {
    LOOK.max(look.unsigned_abs() * 10)
}

/// A use case of one message.
pub(crate) type Work = fn(Engine, Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>>;

/// The queue of that name, with its use case.
pub(crate) fn work_of(local: &Local, queue: &str) -> Option<(LocalQueue, Work)> {
    let known: [(&str, Work); 3] = [(WORK, fetch), (FINALIZE, finalize), (DELIVER, deliver)];
    let (name, work) = known.into_iter().find(|(name, _)| *name == queue)?;
    Some((local.queue(name), work))
}

fn fetch(engine: Engine, message: Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::fetch(&engine, &message).await })
}

fn finalize(engine: Engine, message: Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::finalize(&engine, &message).await })
}

fn deliver(engine: Engine, message: Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
}

/// The workers of this process.
#[derive(Default)]
pub(crate) struct Lanes {
    /// `None` is the order to stop.
    orders: watch::Sender<Option<Widths>>,
    lanes: JoinSet<Result<(), Failure>>,
}

impl Lanes {
    pub(crate) fn start(engine: &Engine, widths: Widths) -> Self {
        let queues = &engine.queues;
        let mut started = Self { orders: watch::Sender::new(Some(widths)), lanes: JoinSet::new() };
        let mut start = |queue: &Arc<dyn Queue>, width: fn(Widths) -> usize, work: Work| {
            let lane = Lane { engine: engine.clone(), queue: Arc::clone(queue), width, work };
            started.lanes.spawn(lane.run(started.orders.subscribe()));
        };
        start(&queues.work, |widths| widths.fetch, fetch);
        start(&queues.finalize, |_| 1, finalize);
        start(&queues.deliver, |widths| widths.deliver, deliver);
        started
    }

    /// Works on so many messages side by side from now on.
    pub(crate) fn set_widths(&self, widths: Widths) {
        self.orders.send_if_modified(|orders| orders.replace(widths) != Some(widths));
    }

    /// Waits until one gives up.
    pub(crate) async fn failure(&mut self) -> Failure {
        while let Some(lane) = self.lanes.join_next().await {
            if let Err(failure) = flatten(lane) {
                return failure;
            }
        }
        std::future::pending().await
    }

    /// Lets all finish what is in flight; what they have not begun stays in the queues.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.orders.send_replace(None);
        let mut stopped = Ok(());
        while let Some(lane) = self.lanes.join_next().await {
            stopped = stopped.and(flatten(lane));
        }
        stopped
    }
}

/// One queue with so many messages in work at most.
struct Lane {
    engine: Engine,
    queue: Arc<dyn Queue>,
    width: fn(Widths) -> usize,
    work: Work,
}

impl Lane {
    /// Works until halted, then finishes what is in flight.
    async fn run(self, mut orders: watch::Receiver<Option<Widths>>) -> Result<(), Failure> {
        let mut in_flight = JoinSet::new();
        let mut faults = 0;
        loop {
            let ordered = *orders.borrow_and_update();
            let Some(widths) = ordered else { break };
            let width = (self.width)(widths).max(1);
            let free = width.saturating_sub(in_flight.len());
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
            let full = in_flight.len() >= width;
            tokio::select! {
                Some(done) = in_flight.join_next() => flatten(done)?,
                () = self.engine.clock.sleep(IDLE * (1 + faults * faults)), if !full => {}
                _ = orders.changed() => {}
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
pub(crate) async fn settle(
    engine: Engine,
    queue: Arc<dyn Queue>,
    message: Received,
    work: Work,
) -> Result<(), Failure> {
    // In a task of its own, because a panic concerns this message only.
    let mut task = JoinSet::from_iter([work(engine.clone(), message.clone())]);
    let settlement = match task.join_next().await {
        Some(Ok(settlement)) => settlement,
        Some(Err(error)) => {
            let detail = format!("the work on it was broken off: {error}");
            causeway_runs::cut_short(&engine, queue.as_ref(), &message, detail).await
        }
        None => return Ok(()),
    };
    let mut faults = 0;
    loop {
        match queue.settle(&message, settlement.clone()).await {
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

pub(crate) fn flatten(ended: Result<Result<(), Failure>, JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Ok(()),
    })
}
