//! A process that is slow before one of its reads, while others go on.

use super::World;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::{Objects, PutCondition, PutOutcome, Stored};
use causeway_runs::Engine;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Done by the others.
type Work = fn(Arc<World>) -> BoxFuture<'static, ()>;

/// The objects as the slow process has them.
pub(crate) struct Meanwhile {
    world: Arc<World>,
    reads_left: AtomicU32,
    work: Work,
}

impl Meanwhile {
    /// Does `work` before read or list number `read`, counted from 1.
    pub(crate) fn before_read(read: u32, world: &Arc<World>, work: Work) -> Arc<Self> {
        Arc::new(Self { world: Arc::clone(world), reads_left: AtomicU32::new(read), work })
    }

    /// The engine of the slow process.
    pub(crate) fn engine(self: &Arc<Self>) -> Engine {
        Engine { objects: Arc::clone(self) as _, ..self.world.engine.clone() }
    }

    /// Whether the slow process has come to that read.
    pub(crate) fn has_happened(&self) -> bool {
        self.reads_left.load(Ordering::SeqCst) == 0
    }

    async fn read(&self) {
        let left = self.reads_left.load(Ordering::SeqCst);
        self.reads_left.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 1 {
            (self.work)(Arc::clone(&self.world)).await;
        }
    }
}

#[async_trait]
impl Objects for Meanwhile {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        self.read().await;
        self.world.machine.objects().get(key).await
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        self.world.machine.objects().put(key, body, condition).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.read().await;
        self.world.machine.objects().list(prefix).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.world.machine.objects().delete(key).await
    }
}
