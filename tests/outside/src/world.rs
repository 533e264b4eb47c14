//! The use cases on objects and queues in memory, one message after the other, time moving on to the next.

use crate::plant::Plant;
use crate::ports::{Counted, Patient};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::{
    Etag, Objects, Outgoing, PutCondition, PutOutcome, Queue, Received, Settlement, Stored,
};
use causeway_runs::{Engine, Pacing, Queues};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const MAX_RECEIVES: u32 = 3;

/// Everything of one machine.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) objects: Arc<Shelf>,
    clock: Arc<Patient>,
    mail: Arc<Mutex<Vec<Waiting>>>,
    runtime: Runtime,
}

/// Objects and messages of a moment.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) objects: BTreeMap<String, Bytes>,
    mail: Vec<Waiting>,
    now: Timestamp,
}

/// The three queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Desk {
    Work,
    Finalize,
    Deliver,
}

#[derive(Debug, Clone)]
struct Waiting {
    desk: Desk,
    body: String,
    visible_at: Timestamp,
    receives: u32,
}

impl World {
    /// Nothing stored, nothing queued.
    pub(crate) fn empty(plant: Plant) -> Self {
        let (objects, clock) = (Arc::<Shelf>::default(), Arc::<Patient>::default());
        let mail = Arc::<Mutex<Vec<Waiting>>>::default();
        let queue = |desk| {
            Arc::new(Inbox { desk, mail: Arc::clone(&mail), clock: Arc::clone(&clock) }) as Arc<dyn Queue>
        };
        let engine = Engine {
            objects: Arc::clone(&objects) as _,
            queues: Queues {
                work: queue(Desk::Work),
                finalize: queue(Desk::Finalize),
                deliver: queue(Desk::Deliver),
            },
            clock: Arc::clone(&clock) as _,
            ids: Arc::<Counted>::default(),
            connectors: Arc::new(plant),
            pacing: Pacing {
                first_check: Duration::from_secs(60),
                longest_check: Duration::from_secs(30 * 60),
            },
        };
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        Self { engine, objects, clock, mail, runtime }
    }

    /// As it was at `moment`.
    pub(crate) fn at(moment: &Moment, plant: Plant) -> Self {
        let world = Self::empty(plant);
        *held(&world.objects.stored) = moment.objects.clone();
        *held(&world.mail) = moment.mail.clone();
        world.clock.reach(moment.now);
        world
    }

    pub(crate) fn moment(&self) -> Moment {
        let (objects, mail) = (held(&self.objects.stored).clone(), held(&self.mail).clone());
        Moment { objects, mail, now: self.engine.clock.now() }
    }

    /// Moves on to `at`.
    pub(crate) fn pass(&self, at: Timestamp) {
        self.clock.reach(at);
    }

    /// Waits for `future`, which waits for nothing.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// What each use case says of a message.
    pub(crate) fn handle(&self, received: &Received) -> [Settlement; 3] {
        [Desk::Work, Desk::Finalize, Desk::Deliver].map(|desk| self.handle_at(desk, received))
    }

    fn handle_at(&self, desk: Desk, received: &Received) -> Settlement {
        self.run(async {
            match desk {
                Desk::Work => causeway_runs::fetch(&self.engine, received).await,
                Desk::Finalize => causeway_runs::finalize(&self.engine, received).await,
                Desk::Deliver => causeway_runs::deliver(&self.engine, received).await,
            }
        })
    }

    /// Objects written or removed so far.
    pub(crate) fn writes(&self) -> usize {
        *held(&self.objects.writes)
    }

    /// Moves on to the next message and handles it; `false` when there is none.
    pub(crate) fn step(&self) -> bool {
        let next = {
            let mut mail = held(&self.mail);
            let earliest = mail.iter().enumerate().min_by_key(|(at, waiting)| (waiting.visible_at, *at));
            let Some((at, _)) = earliest else { return false };
            mail.remove(at)
        };
        self.clock.reach(next.visible_at);
        let receives = next.receives + 1;
        let received = Received {
            body: next.body.clone(),
            receipt: String::new(),
            receives,
            last_receive: receives >= MAX_RECEIVES,
        };
        if let Settlement::RetryIn(pause) = self.handle_at(next.desk, &received) {
            let visible_at = self.engine.clock.now().saturating_add(pause).unwrap_or(Timestamp::MAX);
            held(&self.mail).push(Waiting { visible_at, receives, ..next });
        }
        true
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Inbox {
    desk: Desk,
    mail: Arc<Mutex<Vec<Waiting>>>,
    clock: Arc<Patient>,
}

#[async_trait]
impl Queue for Inbox {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        let now = causeway_ports::Clock::now(self.clock.as_ref());
        held(&self.mail).extend(messages.iter().map(|message| Waiting {
            desk: self.desk,
            body: message.body.clone(),
            visible_at: now.saturating_add(message.delay).unwrap_or(Timestamp::MAX),
            receives: 0,
        }));
        Ok(())
    }

    /// [`World::step`] takes the messages itself.
    async fn receive(&self, _: usize) -> Result<Vec<Received>, Failure> {
        Ok(Vec::new())
    }

    async fn settle(&self, _: &Received, _: Settlement) -> Result<(), Failure> {
        Ok(())
    }
}

/// Objects in memory; knows which were read.
#[derive(Default)]
pub(crate) struct Shelf {
    stored: Mutex<BTreeMap<String, Bytes>>,
    read: Mutex<BTreeSet<String>>,
    writes: Mutex<usize>,
}

impl Shelf {
    /// Whether `key` was read.
    pub(crate) fn was_read(&self, key: &str) -> bool {
        held(&self.read).contains(key)
    }

    /// Puts `body` in the place of whatever is there.
    pub(crate) fn damage(&self, key: &str, body: Option<Bytes>) {
        let mut stored = held(&self.stored);
        match body {
            Some(body) => drop(stored.insert(key.to_owned(), body)),
            None => drop(stored.remove(key)),
        }
    }
}

fn etag(body: &Bytes) -> Etag {
    Etag(blake3::hash(body).to_hex().to_string())
}

#[async_trait]
impl Objects for Shelf {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        held(&self.read).insert(key.to_owned());
        let body = held(&self.stored).get(key).cloned();
        Ok(body.map(|body| Stored { etag: etag(&body), body }))
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        let mut stored = held(&self.stored);
        let holds = match (stored.get(key), condition) {
            (there, PutCondition::IfAbsent) => there.is_none(),
            (there, PutCondition::IfMatch(expected)) => there.is_some_and(|body| etag(body) == expected),
        };
        if !holds {
            return Ok(PutOutcome::Conflict);
        }
        *held(&self.writes) += 1;
        let written = etag(&body);
        stored.insert(key.to_owned(), body);
        Ok(PutOutcome::Written(written))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let stored = held(&self.stored);
        let from = stored.range(prefix.to_owned()..);
        Ok(from.map(|(key, _)| key).take_while(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        *held(&self.writes) += 1;
        held(&self.stored).remove(key);
        Ok(())
    }
}
