//! Detects a full disk. A run can then neither continue nor record its failure, so the process stops with a message.

use async_trait::async_trait;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Objects, PutCondition, PutOutcome, Stored};
use tokio::sync::watch;

/// Objects that signal their first write failure for lack of space.
pub(crate) struct Watched<O> {
    objects: O,
    full: watch::Sender<Option<Failure>>,
}

impl<O> Watched<O> {
    /// Wraps `objects`; returns the signal to wait for.
    pub(crate) fn new(objects: O) -> (Self, FullDisk) {
        let (full, told) = watch::channel(None);
        (Self { objects, full }, FullDisk(told))
    }
}

/// Signals a full disk.
#[derive(Clone)]
pub(crate) struct FullDisk(watch::Receiver<Option<Failure>>);

impl FullDisk {
    /// Waits until a write fails for lack of space.
    pub(crate) async fn noticed(&mut self) -> Failure {
        let told = self.0.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        match told {
            Some(failure) => failure,
            // The store was dropped, so no signal will come.
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl<O: Objects> Objects for Watched<O> {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        self.objects.get(key).await
    }

    async fn put(
        &self,
        key: &str,
        body: bytes::Bytes,
        condition: PutCondition,
    ) -> Result<PutOutcome, Failure> {
        let put = self.objects.put(key, body, condition).await;
        if let Err(failure) = &put
            && failure.kind == FailureKind::StoreFull
        {
            self.full.send_replace(Some(failure.clone()));
        }
        put
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.objects.list(prefix).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.objects.delete(key).await
    }
}
