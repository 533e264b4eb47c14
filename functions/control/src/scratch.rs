//! Temporary objects of a preview, in memory.

use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome, Stored};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Objects that are dropped with it.
#[derive(Default)]
pub(crate) struct Scratch(Mutex<BTreeMap<String, Stored>>);

impl Scratch {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Stored>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Objects for Scratch {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        Ok(self.objects().get(key).cloned())
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        let mut objects = self.objects();
        let present = objects.get(key).map(|stored| stored.etag.clone());
        let version = match (condition, &present) {
            (PutCondition::IfAbsent, None) => 1,
            (PutCondition::IfMatch(wanted), Some(etag)) if wanted == *etag => {
                etag.0.parse::<u64>().unwrap_or_default() + 1
            }
            _ => return Ok(PutOutcome::Conflict),
        };
        let etag = Etag(version.to_string());
        objects.insert(key.to_owned(), Stored { body, etag: etag.clone() });
        Ok(PutOutcome::Written(etag))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let objects = self.objects();
        let below = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(below.map(|(key, _)| key.clone()).collect())
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.objects().remove(key);
        Ok(())
    }
}
