//! A queue with visibility time-outs, delays, a limit of receives, and dead letters (SQS's contract: at least once,
//! in no particular order).

use async_trait::async_trait;
use causeway_domain::Failure;
use std::time::Duration;

/// One queue.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Adds messages; all of them are durable once it returns.
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure>;

    /// Takes up to `max` visible messages and hides them for the queue's visibility time-out. Returns at once, and an
    /// empty list when there is none. A message received too often is moved to the dead letters instead.
    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure>;

    /// Ends the receipt of one message, which is given as it was received, for a dead letter is sent on with its text.
    /// A receipt that is no longer valid (the message became visible again and was received by somebody else) changes
    /// nothing.
    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure>;
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its text, at most 1 MiB.
    pub body: String,
    /// How long it stays invisible at first.
    pub delay: Duration,
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its text.
    pub body: String,
    /// Handle for [`Queue::settle`]; a new one with each receive.
    pub receipt: String,
    /// How often it has been received, this time included.
    pub receives: u32,
    /// Whether the queue would move it to the dead letters instead of handing it out once more.
    pub last_receive: bool,
}

/// How a receipt ends. A message that is never settled becomes visible again (I-10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Done: the message is removed.
    Done,
    /// To be received again after this pause.
    RetryIn(Duration),
    /// Put aside for a person, with the reason.
    DeadLetter(String),
}
