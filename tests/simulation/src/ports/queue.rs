//! The three queues: at least once, in no order, with visibility time-outs and dead letters.

use crate::fault::Fault;
use crate::sim::{Inner, Millis, Sim, Wait, failure};
use crate::version::Version;
use async_trait::async_trait;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Outgoing, Queue, Received, Settlement};
use std::sync::Arc;

/// Names of the queues by number.
pub(crate) const QUEUES: [&str; 3] = ["work", "finalize", "deliver"];

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) body: Arc<str>,
    pub(crate) visible_at: Millis,
    receives: u32,
    receipt: Option<u64>,
}

/// One queue.
pub(crate) struct Messages {
    pub(crate) letters: Vec<Letter>,
    pub(crate) dead: Vec<Arc<str>>,
    /// Processes that may work on it side by side, and those that do.
    pub(crate) slots: u32,
    pub(crate) busy: u32,
    visibility: Millis,
    max_receives: u32,
    receipts: u64,
}

impl Messages {
    pub(crate) fn new(slots: u32, visibility: Millis, max_receives: u32) -> Self {
        Self { letters: Vec::new(), dead: Vec::new(), slots, busy: 0, visibility, max_receives, receipts: 0 }
    }

    /// When the next message may be received, if anybody is free to do so.
    pub(crate) fn next_visible(&self) -> Option<Millis> {
        let free = self.busy < self.slots;
        self.letters.iter().map(|letter| letter.visible_at).min().filter(|_| free)
    }

    /// Whether a message with this text is still there, dead ones included, `except` this receipt's.
    pub(crate) fn another(&self, except: u64, counts: impl Fn(&str) -> bool) -> bool {
        let living = self.letters.iter().filter(|letter| letter.receipt != Some(except));
        living.map(|letter| &letter.body).chain(&self.dead).any(|body| counts(body))
    }

    fn push(&mut self, body: Arc<str>, visible_at: Millis) {
        self.letters.push(Letter { body, visible_at, receives: 0, receipt: None });
    }

    pub(crate) fn redrive(&mut self, now: Millis) -> usize {
        let dead = std::mem::take(&mut self.dead);
        let count = dead.len();
        dead.into_iter().for_each(|body| self.push(body, now));
        count
    }
}

/// Takes up to `max` visible messages of a queue.
pub(crate) fn receive(inner: &mut Inner, number: usize, max: usize) -> Vec<Received> {
    let now = inner.now;
    let Some(queue) = inner.queues.get_mut(number) else { return Vec::new() };
    let mut taken = Vec::new();
    let (mut repeated, mut buried) = (0, 0);
    while taken.len() < max {
        let visible: Vec<usize> = (0..queue.letters.len())
            .filter(|at| queue.letters.get(*at).is_some_and(|letter| letter.visible_at <= now))
            .collect();
        let Some(&at) = inner.delays.pick(&visible) else { break };
        let Some(letter) = queue.letters.get_mut(at) else { break };
        if letter.receives >= queue.max_receives {
            let letter = queue.letters.swap_remove(at);
            queue.dead.push(letter.body);
            buried += 1;
            continue;
        }
        queue.receipts += 1;
        repeated += u64::from(letter.receipt.is_some());
        letter.receives += 1;
        letter.receipt = Some(queue.receipts);
        letter.visible_at = now + queue.visibility;
        taken.push(Received {
            body: letter.body.to_string(),
            receipt: queue.receipts.to_string(),
            receives: letter.receives,
            last_receive: letter.receives >= queue.max_receives,
        });
    }
    inner.tally.sometimes("dead letter by the queue", buried);
    inner.tally.sometimes("two workers on one message", repeated);
    if inner.setup.tight_visibility && repeated > 0 {
        inner.fault_at(Fault::QueueVisibility, 1000);
    }
    taken
}

/// The port onto one queue.
pub(crate) struct SimQueue {
    pub(crate) sim: Sim,
    pub(crate) number: usize,
    pub(crate) version: Version,
}

fn send(inner: &mut Inner, number: usize, version: Version, messages: &[Outgoing]) -> Result<(), Failure> {
    let failed = inner.fault(Fault::QueueSendFails, 4);
    let some = if failed { inner.delays.below(messages.len() as u64 + 1) as usize } else { messages.len() };
    for message in messages.iter().take(some) {
        let written = version.writes(message.body.as_bytes()).and_then(|text| String::from_utf8(text).ok());
        let body: Arc<str> = Arc::from(written.as_deref().unwrap_or(&message.body));
        let mut at = inner.now + message.delay.as_millis() as u64;
        if inner.fault(Fault::QueueDelay, 20) {
            at += inner.delays.between(1_000, 120_000);
        }
        let twice = inner.fault(Fault::QueueDuplicate, 15);
        let later = inner.delays.between(0, 60_000) * if inner.delays.per_mille(300) { 10 } else { 1 };
        inner.note(|| format!("send {} {body}", QUEUES.get(number).unwrap_or(&"")));
        crate::oracle::messages::sent(inner, &body);
        let Some(queue) = inner.queues.get_mut(number) else { continue };
        queue.push(Arc::clone(&body), at);
        if twice {
            queue.push(body, at + later);
        }
    }
    let lost = inner.fault(Fault::QueueSendLost, 4);
    if failed || lost { Err(failure(FailureKind::StoreUnavailable, "queue")) } else { Ok(()) }
}

fn settle(inner: &mut Inner, number: usize, receipt: u64, settlement: &Settlement) -> Result<(), Failure> {
    if inner.fault(Fault::QueueSettleFails, 6) {
        return Err(failure(FailureKind::StoreUnavailable, "queue"));
    }
    let now = inner.now;
    inner.note(|| format!("settle {} {receipt} {settlement:?}", QUEUES.get(number).unwrap_or(&"")));
    let Some(queue) = inner.queues.get_mut(number) else { return Ok(()) };
    let Some(at) = queue.letters.iter().position(|letter| letter.receipt == Some(receipt)) else {
        return Ok(());
    };
    let body = queue.letters.get(at).map(|letter| Arc::clone(&letter.body)).unwrap_or_default();
    match settlement {
        Settlement::RetryIn(pause) => {
            if let Some(letter) = queue.letters.get_mut(at) {
                letter.visible_at = now + pause.as_millis() as u64;
            }
        }
        Settlement::Done => {
            crate::oracle::messages::done(inner, number, receipt, &body);
            remove(inner, number, receipt);
        }
        Settlement::DeadLetter(_) => {
            crate::oracle::messages::buried(inner, &body);
            inner.tally.sometimes("dead letter by its worker", 1);
            remove(inner, number, receipt);
            if let Some(queue) = inner.queues.get_mut(number) {
                queue.dead.push(body);
            }
        }
    }
    Ok(())
}

fn remove(inner: &mut Inner, number: usize, receipt: u64) {
    if let Some(queue) = inner.queues.get_mut(number) {
        queue.letters.retain(|letter| letter.receipt != Some(receipt));
    }
}

#[async_trait]
impl Queue for SimQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        self.sim.wait(Wait::Queue).await;
        let sent = self.sim.with(|inner| send(inner, self.number, self.version, messages));
        self.sim.wait(Wait::Queue).await;
        sent
    }

    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure> {
        self.sim.wait(Wait::Queue).await;
        Ok(self.sim.with(|inner| receive(inner, self.number, max)))
    }

    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure> {
        self.sim.wait(Wait::Queue).await;
        let receipt = received.receipt.parse().unwrap_or_default();
        self.sim.with(|inner| settle(inner, self.number, receipt, &settlement))
    }
}
