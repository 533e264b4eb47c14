//! A batch of messages, processed concurrently, and the response for SQS's event source.
//!
//! AWS's rules: a message that is not reported is deleted; one that is reported by its id comes back. An empty list is
//! full success. A response with an unknown or empty id, and an invocation that fails, bring all
//! messages back. Each message is therefore reported individually, and a batch fails as a whole
//! only when a message without an id must come back.

use crate::{Counts, TimeLimit};
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use causeway_aws::Arrived;
use causeway_domain::message::Message;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Queue, Received, Settlement};
use causeway_runs::{Engine, cut_short};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tracing::{Instrument, Span};

/// Messages of a batch processed at the same time; the rest of a larger batch wait.
const SIDE_BY_SIDE: usize = 10;

/// A use case of one message.
pub type Work = fn(Engine, Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>>;

/// The queue whose messages an event delivers.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Accepts a message; `None` when it came before it is due and was sent again.
    async fn accept(&self, arrived: Arrived) -> Result<Option<Received>, Failure>;

    /// The queue itself.
    fn queue(&self) -> &dyn Queue;
}

/// How a batch is processed.
pub struct Batch<'a> {
    /// The ports of the use case.
    pub engine: &'a Engine,
    /// The queue of the messages.
    pub inbox: Arc<dyn Inbox>,
    /// When to stop.
    pub limit: TimeLimit,
    /// The use case.
    pub work: Work,
}

/// The fate of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Done,
    SentOn,
    DeadLettered,
    Retried,
    NotBegun,
}

impl Fate {
    fn comes_back(self) -> bool {
        matches!(self, Self::Retried | Self::NotBegun)
    }
}

impl Batch<'_> {
    /// Processes `messages`; returns the response and the metrics of the batch.
    ///
    /// # Errors
    /// `MessageInvalid` when a message without an id must come back, which takes the whole batch.
    pub async fn work_off(&self, messages: Vec<SqsMessage>) -> Result<(SqsBatchResponse, Counts), Failure> {
        let turns = Semaphore::new(SIDE_BY_SIDE);
        let messages = without_doubles(messages);
        let fates = join_all(messages.into_iter().map(|message| self.one(message, &turns))).await;
        let mut response = SqsBatchResponse::default();
        for (id, fate) in &fates {
            match id {
                Some(id) if fate.comes_back() => response.add_failure(id.as_str()),
                None if fate.comes_back() => {
                    let detail = "it has no id, so that all of its batch must come back with it";
                    return Err(Failure::new(FailureKind::MessageInvalid, "queue message", detail));
                }
                _ => {}
            }
        }
        let count = |wanted: Fate| fates.iter().filter(|(_, fate)| *fate == wanted).count() as u64;
        let counts = Counts::of([
            ("messages", fates.len() as u64),
            ("done", count(Fate::Done)),
            ("sent_on", count(Fate::SentOn)),
            ("dead_lettered", count(Fate::DeadLettered)),
            ("retried", count(Fate::Retried)),
            ("not_begun", count(Fate::NotBegun)),
        ]);
        Ok((response, counts))
    }

    async fn one(&self, message: SqsMessage, turns: &Semaphore) -> (Option<String>, Fate) {
        let id = message.message_id.clone().filter(|id| !id.is_empty());
        // The semaphore is never closed.
        let _turn = turns.acquire().await;
        let arrived = arrived(message);
        let span = span(&arrived, id.as_deref().unwrap_or_default());
        let fate = self.judge(arrived).instrument(span).await;
        (id, fate)
    }

    async fn judge(&self, arrived: Arrived) -> Fate {
        if self.engine.clock.now() >= self.limit.begin_until {
            tracing::info!("not begun: the time limit is near");
            let received = Received {
                receives: arrived.receives,
                last_receive: false,
                body: arrived.body,
                receipt: arrived.receipt,
            };
            return self.settle(&received, Settlement::RetryIn(Duration::ZERO), Fate::NotBegun).await;
        }
        let received = match self.inbox.accept(arrived).await {
            Ok(Some(received)) => received,
            Ok(None) => return Fate::SentOn,
            Err(failure) => {
                tracing::warn!(error = %failure, "the message could not be taken in and comes back");
                return Fate::Retried;
            }
        };
        let settlement = self.perform(&received).await;
        let fate = match &settlement {
            Settlement::Done => return Fate::Done,
            Settlement::RetryIn(_) => Fate::Retried,
            Settlement::DeadLetter(reason) => {
                tracing::warn!(reason, "the message is put aside");
                Fate::DeadLettered
            }
        };
        self.settle(&received, settlement, fate).await
    }

    /// Processes one message in its own task, so a panic or a time limit affects only
    /// this message.
    async fn perform(&self, received: &Received) -> Settlement {
        let clock = &self.engine.clock;
        let work = (self.work)(self.engine.clone(), received.clone()).instrument(Span::current());
        let mut task = tokio::spawn(work);
        let left = Duration::try_from(self.limit.wait_until.duration_since(clock.now())).unwrap_or_default();
        let detail = tokio::select! {
            ended = &mut task => match ended {
                Ok(settlement) => return settlement,
                Err(error) => format!("its processing was aborted: {error}"),
            },
            () = clock.sleep(left) => {
                task.abort();
                "the function's time limit was reached before it was done".to_owned()
            }
        };
        cut_short(self.engine, self.inbox.queue(), received, detail).await
    }

    /// Settles at the queue. A message that cannot be settled is reported, so it comes back after its visibility timeout.
    async fn settle(&self, received: &Received, settlement: Settlement, fate: Fate) -> Fate {
        match self.inbox.queue().settle(received, settlement).await {
            Ok(()) => fate,
            Err(failure) => {
                tracing::warn!(error = %failure, "the message could not be settled and comes back");
                if fate.comes_back() { fate } else { Fate::Retried }
            }
        }
    }
}

/// Deduplicates messages by id, keeping the last one, whose receipt is valid.
fn without_doubles(messages: Vec<SqsMessage>) -> Vec<SqsMessage> {
    let mut places = BTreeMap::new();
    let mut kept: Vec<SqsMessage> = Vec::with_capacity(messages.len());
    for message in messages {
        let id = message.message_id.clone().filter(|id| !id.is_empty());
        let known = id.as_ref().and_then(|id| places.get(id)).and_then(|place: &usize| kept.get_mut(*place));
        if let Some(double) = known {
            *double = message;
        } else {
            places.extend(id.map(|id| (id, kept.len())));
            kept.push(message);
        }
    }
    kept
}

fn arrived(message: SqsMessage) -> Arrived {
    let count = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    let text = message.message_attributes.into_iter();
    Arrived {
        body: message.body.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        receives: count.unwrap_or(1),
        attributes: text.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
    }
}

/// Adds run, connection and work to every log line; an unreadable message gets its id only.
fn span(arrived: &Arrived, id: &str) -> Span {
    match Message::parse(&arrived.body) {
        Ok(message) => {
            let work = message.work.name().map_or_else(|| "check".to_owned(), |work| work.to_string());
            let (connection, run) = (&message.connection, &message.run);
            tracing::info_span!("message", id, %connection, %run, work, receives = arrived.receives)
        }
        Err(_) => tracing::info_span!("message", id, receives = arrived.receives),
    }
}
