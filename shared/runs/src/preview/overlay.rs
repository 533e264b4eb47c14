//! An object store over another one: what is written stays above, what lies below is only read.

use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::{Objects, PutCondition, PutOutcome, Stored};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `above` over `below`.
pub(super) struct Overlay {
    pub(super) above: Arc<dyn Objects>,
    pub(super) below: Arc<dyn Objects>,
}

#[async_trait]
impl Objects for Overlay {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        match self.above.get(key).await? {
            Some(stored) => Ok(Some(stored)),
            None => self.below.get(key).await,
        }
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        let condition = match (condition, self.get(key).await?) {
            (PutCondition::IfAbsent, None) => PutCondition::IfAbsent,
            (PutCondition::IfMatch(etag), Some(stored)) if etag == stored.etag => {
                // What lies below is covered, not swapped.
                if self.above.get(key).await?.is_some() {
                    PutCondition::IfMatch(etag)
                } else {
                    PutCondition::IfAbsent
                }
            }
            _ => return Ok(PutOutcome::Conflict),
        };
        self.above.put(key, body, condition).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let mut keys: BTreeSet<String> = self.below.list(prefix).await?.into_iter().collect();
        keys.extend(self.above.list(prefix).await?);
        Ok(keys.into_iter().collect())
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.above.delete(key).await
    }
}
