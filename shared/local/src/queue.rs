//! Durable queues in SQLite, with SQS's contract.

use crate::database::Database;
use crate::home::HomeLock;
use crate::queue_store::{self, Rules, Taken};
use async_trait::async_trait;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Ids, Outgoing, Queue, Received, Settlement};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// SQS's limit of a message's text, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// How a queue treats its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long a received message stays hidden; longer than the work on it can take.
    pub visibility: Duration,
    /// Receives after which a message is moved to the dead letters instead of being handed out again; at least 1.
    pub max_receives: u32,
}

/// A dead-lettered message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Queue it was in.
    pub queue: String,
    /// Its text.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Messages of a queue, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Depths {
    /// May be received now.
    pub visible: u32,
    /// Received and neither settled nor timed out.
    pub in_flight: u32,
    /// Waiting for their time.
    pub delayed: u32,
}

/// All queues of a home, in one database.
#[derive(Clone)]
pub struct LocalQueues {
    pub(crate) database: Database,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl LocalQueues {
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, Failure> {
        let database = Database::open(path, queue_store::SCHEMA).map_err(|failure| match failure.kind {
            FailureKind::StoreDamaged => {
                let advice =
                    "queues hold no state: `causeway doctor --mend` renames it, and the next run sends its messages again";
                Failure { detail: format!("{} ({advice})", failure.detail), ..failure }
            }
            _ => failure,
        })?;
        Ok(Self { database, clock, ids })
    }

    /// The queue called `name`.
    pub fn queue(&self, name: &'static str, settings: QueueSettings) -> LocalQueue {
        LocalQueue { all: self.clone(), name, settings }
    }

    /// Makes every received and unsettled message visible at once. Call it when the home's lock is
    /// taken, because then no process works on them. Returns their number.
    ///
    /// The interrupted receive does not count, so repeated kills do not use up the attempts of a message. Work that
    /// kills the process is found by counting its deaths.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_all(&self, _lock: &HomeLock) -> Result<usize, Failure> {
        let now = micros(self.clock.now());
        self.database.call(move |connection| queue_store::release_all(connection, now)).await
    }

    /// When the next message of any queue may be received (in the past if now), so that an idle worker
    /// knows how long to wait; `None` when all queues are empty.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_visible_at(&self) -> Result<Option<Timestamp>, Failure> {
        let next = self.database.call(|connection| queue_store::next_visible_at(connection)).await?;
        Ok(next.map(timestamp))
    }

    /// Messages per queue; a queue without messages is left out.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn depths(&self) -> Result<BTreeMap<String, Depths>, Failure> {
        let now = micros(self.clock.now());
        let rows = self.database.call(move |connection| queue_store::depths(connection, now)).await?;
        let depths = |[visible, in_flight, delayed]: [u32; 3]| Depths { visible, in_flight, delayed };
        Ok(rows.into_iter().map(|(queue, counts)| (queue, depths(counts))).collect())
    }

    /// All dead letters, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Failure> {
        let rows = self.database.call(|connection| queue_store::dead_letters(connection)).await?;
        let letter = |(queue, body, receives, reason, at)| DeadLetter {
            queue,
            body,
            receives,
            reason,
            at: timestamp(at),
        };
        Ok(rows.into_iter().map(letter).collect())
    }
}

/// One queue of a home.
#[derive(Clone)]
pub struct LocalQueue {
    all: LocalQueues,
    name: &'static str,
    settings: QueueSettings,
}

impl LocalQueue {
    /// Receives the message `id`, as [`Queue::receive`] would; `None` if it is gone or in flight.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn take(&self, id: i64) -> Result<Option<Received>, Failure> {
        let (name, receipt) = (self.name, self.all.ids.unique());
        let hidden_until = later(micros(self.all.clock.now()), self.settings.visibility);
        let take = move |connection: &mut _| queue_store::take(connection, (name, id), hidden_until, receipt);
        Ok(self.all.database.call(take).await?.map(|taken| self.received(taken)))
    }

    fn received(&self, taken: Taken) -> Received {
        let Taken { body, receipt, receives } = taken;
        Received { body, receipt, receives, last_receive: receives >= self.settings.max_receives.max(1) }
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        if let Some(large) = messages.iter().find(|message| message.body.len() > MAX_BODY) {
            let detail = format!("a message of {} bytes is larger than {MAX_BODY}", large.body.len());
            return Err(Failure::new(FailureKind::MessageInvalid, format!("queue {}", self.name), detail));
        }
        if messages.is_empty() {
            return Ok(());
        }
        let (name, now) = (self.name, micros(self.all.clock.now()));
        let rows: Vec<_> = messages.iter().map(|m| (m.body.clone(), later(now, m.delay))).collect();
        self.all.database.call(move |connection| queue_store::send(connection, name, &rows)).await
    }

    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure> {
        let (name, now) = (self.name, micros(self.all.clock.now()));
        let max_receives = self.settings.max_receives.max(1);
        let rules = Rules { now, hidden_until: later(now, self.settings.visibility), max_receives };
        let receipts: Vec<_> = (0..max).map(|_| self.all.ids.unique()).collect();
        let taken = self
            .all
            .database
            .call(move |connection| queue_store::receive(connection, name, &rules, receipts))
            .await?;
        Ok(taken.into_iter().map(|taken| self.received(taken)).collect())
    }

    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure> {
        let (name, now, receipt) = (self.name, micros(self.all.clock.now()), received.receipt.clone());
        let settle = move |connection: &mut rusqlite::Connection| match settlement {
            Settlement::Done => queue_store::done(connection, name, &receipt),
            Settlement::RetryIn(pause) => queue_store::retry(connection, name, &receipt, later(now, pause)),
            Settlement::DeadLetter(reason) => queue_store::bury(connection, name, &receipt, &reason, now),
        };
        self.all.database.call(settle).await
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn later(now: i64, pause: Duration) -> i64 {
    now.saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX))
}

fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
