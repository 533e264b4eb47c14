//! Pumps the three queues, one message at a time.

use super::World;
use super::role::by;
use causeway_domain::Failure;
use causeway_domain::layout::{Key, RunObject};
use causeway_domain::message::{Message, Work};
use causeway_ports::{Queue, Received, Settlement};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// More steps than any scenario needs.
const STEPS: u32 = 3_000;

impl World {
    /// Works until no message is left, moving the clock when all of them wait.
    pub(crate) async fn drain(&self) {
        for _ in 0..STEPS {
            if !self.step().await.unwrap() && !self.wait().await {
                return;
            }
        }
        panic!("still at work after {STEPS} steps");
    }

    /// Works until the plug is pulled, or no message is left.
    pub(crate) async fn drain_until_off(&self) {
        while !self.power.is_off() {
            match self.step().await {
                Ok(false) if !self.wait().await => return,
                _ => {}
            }
        }
    }

    /// Works on the next message, moving the clock to it first when all of them wait; returns whether there was one.
    pub(crate) async fn advance(&self) -> bool {
        self.step().await.unwrap() || (self.wait().await && self.step().await.unwrap())
    }

    /// Moves the clock to the next message; returns whether there is one.
    pub(crate) async fn wait(&self) -> bool {
        let Some(next) = self.machine.next_visible_at().await else { return false };
        self.clock.reach(next);
        true
    }

    /// Works on one visible message; returns whether there was one.
    pub(crate) async fn step(&self) -> Result<bool, Failure> {
        for number in 0..3 {
            let queue = self.queue(number);
            let Some(received) = queue.receive(1).await?.pop() else { continue };
            let mut settlement = self.handle(number, &received).await;
            if self.twice {
                settlement = self.handle(number, &received).await;
            }
            queue.settle(&received, settlement).await?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Works on one visible message without ending its receipt, as a process that is killed.
    pub(crate) async fn step_and_die(&self) {
        for number in 0..3 {
            if let Some(received) = self.queue(number).receive(1).await.unwrap().pop() {
                self.handle(number, &received).await;
                return;
            }
        }
    }

    /// Starts the process again: whatever was in flight comes back, and live runs go on.
    pub(crate) async fn restart(&self) {
        self.power.restore();
        self.machine.release_all().await;
        causeway_runs::resume(&self.engine, &self.name).await.unwrap();
    }

    /// Loses the messages that would lead chains on, as far as they are visible.
    pub(crate) async fn lose_links(&self) {
        for received in self.queue(0).receive(10).await.unwrap() {
            let link = matches!(Message::parse(&received.body).unwrap().work, Work::Link { .. });
            let settlement = if link { Settlement::Done } else { Settlement::RetryIn(Duration::ZERO) };
            self.queue(0).settle(&received, settlement).await.unwrap();
        }
    }

    /// Hands each visible message of the work queue to so many workers at the same time.
    pub(crate) async fn work_at_once(&self, workers: usize) {
        for received in self.queue(0).receive(10).await.unwrap() {
            let settlements = join_all((0..workers).map(|_| self.handle(0, &received))).await;
            for settlement in settlements.into_iter().take(1) {
                self.queue(0).settle(&received, settlement).await.unwrap();
            }
        }
    }

    async fn handle(&self, queue: usize, received: &Received) -> Settlement {
        match queue {
            0 => causeway_runs::fetch(&by("WorkerRole", &self.engine), received).await,
            1 => causeway_runs::deliver(&by("DelivererRole", &self.engine), received).await,
            _ => {
                self.power.take_reads();
                let settlement = causeway_runs::finalize(&by("FinalizerRole", &self.engine), received).await;
                expect_each_summary_once(&self.power.take_reads());
                settlement
            }
        }
    }

    fn queue(&self, number: usize) -> Arc<dyn Queue> {
        let queues = &self.engine.queues;
        Arc::clone([&queues.work, &queues.deliver, &queues.finalize][number])
    }
}

/// A check of a run of thousands of pages reads each summary, but once.
fn expect_each_summary_once(reads: &[String]) {
    let is_summary =
        |key: &&String| matches!(Key::parse(key), Some(Key::Run(_, _, RunObject::PageSummary(_))));
    let mut summaries: Vec<&String> = reads.iter().filter(is_summary).collect();
    let all = summaries.len();
    summaries.sort();
    summaries.dedup();
    assert_eq!(summaries.len(), all, "a check read a summary twice: {reads:#?}");
}
