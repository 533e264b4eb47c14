//! The loops that stand in for Lambda's triggers: one consumer for each local queue.
//!
//! They process the messages of every run in the queues, not only of the one that is waited for.

use super::work::{IDLE, MAX_FAULTS, Work, deliver, fetch, finalize, flatten, settle};
use causeway_domain::{Failure, Retry};
use causeway_ports::Queue;
use causeway_runs::Engine;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Messages processed concurrently, by queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Concurrency {
    pub(crate) fetch: usize,
    pub(crate) deliver: usize,
}

/// The consumers of this process.
#[derive(Default)]
pub(crate) struct Consumers {
    /// `None` tells the consumers to stop.
    orders: watch::Sender<Option<Concurrency>>,
    consumers: JoinSet<Result<(), Failure>>,
}

impl Consumers {
    pub(crate) fn start(engine: &Engine, concurrency: Concurrency) -> Self {
        let queues = &engine.queues;
        let mut started = Self { orders: watch::Sender::new(Some(concurrency)), consumers: JoinSet::new() };
        let mut start = |queue: &Arc<dyn Queue>, width: fn(Concurrency) -> usize, work: Work| {
            let consumer = Consumer { engine: engine.clone(), queue: Arc::clone(queue), width, work };
            started.consumers.spawn(consumer.run(started.orders.subscribe()));
        };
        start(&queues.work, |concurrency| concurrency.fetch, fetch);
        start(&queues.finalize, |_| 1, finalize);
        start(&queues.deliver, |concurrency| concurrency.deliver, deliver);
        started
    }

    /// Changes the number of messages processed concurrently.
    pub(crate) fn set_concurrency(&self, concurrency: Concurrency) {
        self.orders.send_if_modified(|orders| orders.replace(concurrency) != Some(concurrency));
    }

    /// Waits until a consumer fails.
    pub(crate) async fn failure(&mut self) -> Failure {
        while let Some(ended) = self.consumers.join_next().await {
            if let Err(failure) = flatten(ended) {
                return failure;
            }
        }
        std::future::pending().await
    }

    /// Lets all finish their work in flight; other messages stay in the queues.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.orders.send_replace(None);
        let mut stopped = Ok(());
        while let Some(ended) = self.consumers.join_next().await {
            stopped = stopped.and(flatten(ended));
        }
        stopped
    }
}

/// One queue with a limit of messages in flight.
struct Consumer {
    engine: Engine,
    queue: Arc<dyn Queue>,
    width: fn(Concurrency) -> usize,
    work: Work,
}

impl Consumer {
    /// Works until stopped, then finishes the work in flight.
    async fn run(self, mut orders: watch::Receiver<Option<Concurrency>>) -> Result<(), Failure> {
        let mut in_flight = JoinSet::new();
        let mut faults = 0;
        loop {
            let ordered = *orders.borrow_and_update();
            let Some(concurrency) = ordered else { break };
            let width = (self.width)(concurrency).max(1);
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
