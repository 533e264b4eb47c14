//! Processing of one message of a local queue: its use case, and the settlement.

use super::{DELIVER, FINALIZE, Home, WORK};
use causeway_domain::{Failure, Retry};
use causeway_local::LocalQueue;
use causeway_ports::{Queue, Received, Settlement};
use causeway_runs::Engine;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};

/// Longest pause of an idle consumer, and so the longest wait of a new message.
pub(super) const IDLE: Duration = Duration::from_millis(50);

/// Consecutive faults of the queue itself after which a consumer fails.
pub(super) const MAX_FAULTS: u32 = 5;

/// A use case of one message.
pub(super) type Work = fn(Engine, Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>>;

/// The queue of this name, with its use case.
pub(super) fn work_of(home: &Home, queue: &str) -> Option<(LocalQueue, Work)> {
    let known: [(&str, Work); 3] = [(WORK, fetch), (FINALIZE, finalize), (DELIVER, deliver)];
    let (name, work) = known.into_iter().find(|(name, _)| *name == queue)?;
    Some((home.queue(name), work))
}

pub(super) fn fetch(engine: Engine, message: Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::fetch(&engine, &message).await })
}

pub(super) fn finalize(
    engine: Engine,
    message: Received,
) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::finalize(&engine, &message).await })
}

pub(super) fn deliver(engine: Engine, message: Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
}

/// Processes one message. A settlement that cannot be written is retried: repeated work changes nothing, but the
/// message would stay hidden for long.
pub(super) async fn settle(
    engine: Engine,
    queue: Arc<dyn Queue>,
    message: Received,
    work: Work,
) -> Result<(), Failure> {
    // In its own task, because a panic affects only this message.
    let mut task = JoinSet::from_iter([work(engine.clone(), message.clone())]);
    let settlement = match task.join_next().await {
        Some(Ok(settlement)) => settlement,
        Some(Err(error)) => {
            let detail = format!("its processing was aborted: {error}");
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

pub(super) fn flatten(ended: Result<Result<(), Failure>, JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Ok(()),
    })
}
