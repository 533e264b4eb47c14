//! A plug that can be pulled: from then on nothing is read or written any more.

use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Objects, Outgoing, PutCondition, PutOutcome, Queue, Received, Settlement, Stored};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// How many writes are left until the plug is pulled, and which keys were read since somebody asked. It is also pulled at
/// the first write of a key that this selects.
pub(crate) struct Power(AtomicI64, Mutex<Vec<String>>, Mutex<Option<Selects>>);

type Selects = fn(&str) -> bool;

impl Default for Power {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MAX), Mutex::default(), Mutex::default())
    }
}

impl Power {
    /// Pulls the plug before write number `writes` from now, counted from 0.
    pub(crate) fn fail_after(&self, writes: i64) {
        self.0.store(writes, Ordering::SeqCst);
    }

    /// Pulls the plug before a key is written that `key` selects.
    pub(crate) fn fail_at(&self, key: Selects) {
        *self.2.lock().unwrap() = Some(key);
    }

    /// Plugs it in again.
    pub(crate) fn restore(&self) {
        *self.2.lock().unwrap() = None;
        self.0.store(i64::MAX, Ordering::SeqCst);
    }

    /// Writes left.
    pub(crate) fn left(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn is_off(&self) -> bool {
        self.left() < 0
    }

    pub(crate) fn objects(self: &Arc<Self>, inner: Arc<dyn Objects>) -> Arc<dyn Objects> {
        Arc::new(Plugged(Arc::clone(self), inner))
    }

    pub(crate) fn queue(self: &Arc<Self>, inner: Arc<dyn Queue>) -> Arc<dyn Queue> {
        Arc::new(Plugged(Arc::clone(self), inner))
    }

    /// The keys that were read since the last call, each as often as it was read.
    pub(crate) fn take_reads(&self) -> Vec<String> {
        std::mem::take(&mut self.1.lock().unwrap())
    }

    fn read(&self) -> Result<(), Failure> {
        let off = || Failure::new(FailureKind::StoreUnavailable, "store", "the plug was pulled");
        if self.is_off() { Err(off()) } else { Ok(()) }
    }

    fn write(&self) -> Result<(), Failure> {
        self.0.fetch_sub(1, Ordering::SeqCst);
        self.read()
    }
}

struct Plugged<T: ?Sized>(Arc<Power>, Arc<T>);

#[async_trait]
impl<T: Objects + ?Sized> Objects for Plugged<T> {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        self.0.read()?;
        self.0.1.lock().unwrap().push(key.to_owned());
        self.1.get(key).await
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        if self.0.2.lock().unwrap().is_some_and(|fails| fails(key)) {
            self.0.fail_after(0);
        }
        self.0.write()?;
        self.1.put(key, body, condition).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.0.read()?;
        self.1.list(prefix).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.0.write()?;
        self.1.delete(key).await
    }
}

#[async_trait]
impl<T: Queue + ?Sized> Queue for Plugged<T> {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        self.0.write()?;
        self.1.send(messages).await
    }

    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure> {
        self.0.read()?;
        self.1.receive(max).await
    }

    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure> {
        self.0.write()?;
        self.1.settle(received, settlement).await
    }
}
