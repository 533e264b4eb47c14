//! The object store: whole objects, strongly consistent, with conditional writes.
//!
//! Facts: S3 answers 412 when a condition does not hold (somebody was first: read and decide) and 409 when two
//! conditional writes collide (try again); only the first is an outcome, the second is retried inside the port.

use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;

/// Objects by key. Keys are `/`-separated, each part of letters, digits, `.`, `_` and `-`.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The object, or `None` when there is none.
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure>;

    /// Writes the whole object if `condition` holds; durable once it returns.
    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure>;

    /// Keys that start with `prefix`, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure>;

    /// Removes the object; that there is none is no failure.
    async fn delete(&self, key: &str) -> Result<(), Failure>;
}

/// An object as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Content.
    pub body: Bytes,
    /// Version, for [`PutCondition::IfMatch`].
    pub etag: Etag,
}

/// Version of an object's content; opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(pub String);

/// When a put may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutCondition {
    /// Only when there is no such object (`If-None-Match: *`).
    IfAbsent,
    /// Only when the object still has this version (`If-Match`).
    IfMatch(Etag),
}

/// What became of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// Written; its version.
    Written(Etag),
    /// Somebody was first, nothing was written.
    Conflict,
}
