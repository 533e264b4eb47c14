//! What a world runs on: the real local ports, or the same contract in memory where a scenario is repeated so often
//! that flushing to a disk would take all its time.

use super::time::{CountedIds, FakeClock};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_local::{Home, HomeLock, LocalQueues, QueueSettings};
use causeway_ports::{
    Clock, Etag, Ids, Objects, Outgoing, PutCondition, PutOutcome, Queue, Received, Settlement, Stored,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const VISIBILITY: Duration = Duration::from_secs(600);
const MAX_RECEIVES: u32 = 5;

/// Ports, and the look behind them that a driver needs.
#[async_trait]
pub(crate) trait Machine: Send + Sync {
    fn objects(&self) -> Arc<dyn Objects>;
    fn queue(&self, name: &'static str) -> Arc<dyn Queue>;
    /// When the next message of any queue may be received; `None` when all are empty.
    async fn next_visible_at(&self) -> Option<Timestamp>;
    /// What a process does that starts after a crash.
    async fn release_all(&self);
}

/// The real local ports in a folder of their own.
pub(crate) struct OnDisk {
    home: Home,
    queues: LocalQueues,
    lock: HomeLock,
    _folder: tempfile::TempDir,
}

impl OnDisk {
    pub(crate) fn new(clock: &Arc<FakeClock>, ids: &Arc<CountedIds>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("home")).unwrap();
        let queues = home.queues(Arc::clone(clock) as _, Arc::clone(ids) as _).unwrap();
        let lock = home.lock().unwrap();
        Self { home, queues, lock, _folder: folder }
    }
}

#[async_trait]
impl Machine for OnDisk {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.home.objects())
    }

    fn queue(&self, name: &'static str) -> Arc<dyn Queue> {
        let settings = QueueSettings { visibility: VISIBILITY, max_receives: MAX_RECEIVES };
        Arc::new(self.queues.queue(name, settings))
    }

    async fn next_visible_at(&self) -> Option<Timestamp> {
        self.queues.next_visible_at().await.unwrap()
    }

    async fn release_all(&self) {
        self.queues.release_all(&self.lock).await.unwrap();
    }
}

/// The same contract in memory.
pub(crate) struct InMemory {
    clock: Arc<FakeClock>,
    objects: Arc<MemoryObjects>,
    ids: Arc<CountedIds>,
    messages: Arc<Mutex<Vec<Waiting>>>,
}

struct Waiting {
    queue: &'static str,
    body: String,
    visible_at: Timestamp,
    receives: u32,
    /// Its handle while it is in flight.
    receipt: Option<String>,
}

impl InMemory {
    pub(crate) fn new(clock: &Arc<FakeClock>, ids: &Arc<CountedIds>) -> Self {
        Self {
            clock: Arc::clone(clock),
            ids: Arc::clone(ids),
            objects: Arc::default(),
            messages: Arc::default(),
        }
    }
}

#[async_trait]
impl Machine for InMemory {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::clone(&self.objects) as _
    }

    fn queue(&self, name: &'static str) -> Arc<dyn Queue> {
        Arc::new(MemoryQueue {
            name,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            messages: Arc::clone(&self.messages),
        })
    }

    async fn next_visible_at(&self) -> Option<Timestamp> {
        self.messages.lock().unwrap().iter().map(|message| message.visible_at).min()
    }

    async fn release_all(&self) {
        for message in self.messages.lock().unwrap().iter_mut().filter(|message| message.receipt.is_some()) {
            (message.visible_at, message.receipt) = (self.clock.now(), None);
            message.receives -= 1;
        }
    }
}

#[derive(Default)]
struct MemoryObjects(Mutex<BTreeMap<String, Bytes>>);

fn etag(body: &Bytes) -> Etag {
    Etag(blake3::hash(body).to_hex().to_string())
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        let body = self.0.lock().unwrap().get(key).cloned();
        Ok(body.map(|body| Stored { etag: etag(&body), body }))
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        let mut objects = self.0.lock().unwrap();
        let holds = match (objects.get(key), condition) {
            (there, PutCondition::IfAbsent) => there.is_none(),
            (there, PutCondition::IfMatch(expected)) => there.is_some_and(|body| etag(body) == expected),
        };
        if !holds {
            return Ok(PutOutcome::Conflict);
        }
        let written = etag(&body);
        objects.insert(key.to_owned(), body);
        Ok(PutOutcome::Written(written))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let objects = self.0.lock().unwrap();
        Ok(objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

struct MemoryQueue {
    name: &'static str,
    clock: Arc<FakeClock>,
    ids: Arc<CountedIds>,
    messages: Arc<Mutex<Vec<Waiting>>>,
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        let waiting = messages.iter().map(|message| Waiting {
            queue: self.name,
            body: message.body.clone(),
            visible_at: self.clock.now() + message.delay,
            receives: 0,
            receipt: None,
        });
        self.messages.lock().unwrap().extend(waiting);
        Ok(())
    }

    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure> {
        let (now, mut messages) = (self.clock.now(), self.messages.lock().unwrap());
        messages.retain(|message| message.visible_at > now || message.receives < MAX_RECEIVES);
        let mut visible: Vec<_> = messages
            .iter_mut()
            .filter(|message| message.queue == self.name && message.visible_at <= now)
            .collect();
        visible.sort_by_key(|message| message.visible_at);
        let take = |message: &mut Waiting| {
            message.receives += 1;
            message.visible_at = now + VISIBILITY;
            let receipt = self.ids.unique();
            message.receipt = Some(receipt.clone());
            let (body, receives) = (message.body.clone(), message.receives);
            Received { body, receipt, receives, last_receive: receives >= MAX_RECEIVES }
        };
        Ok(visible.into_iter().take(max).map(take).collect())
    }

    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure> {
        let mut messages = self.messages.lock().unwrap();
        let receipt = Some(&received.receipt);
        let Some(at) = messages.iter().position(|message| message.receipt.as_ref() == receipt) else {
            return Ok(());
        };
        if let Settlement::RetryIn(pause) = settlement {
            (messages[at].visible_at, messages[at].receipt) = (self.clock.now() + pause, None);
        } else {
            messages.remove(at);
        }
        Ok(())
    }
}
