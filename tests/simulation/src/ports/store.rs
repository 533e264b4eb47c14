//! The object store: strongly consistent, with S3's faults.

use crate::fault::Fault;
use crate::game::PERIOD;
use crate::sim::{Act, Inner, Sim, Wait, failure};
use crate::version::Version;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome, Stored};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// All objects.
#[derive(Default)]
pub(crate) struct Store {
    objects: BTreeMap<String, Stored>,
    writes: u64,
}

impl Store {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.objects.contains_key(key)
    }

    pub(crate) fn bytes(&self, key: &str) -> Option<&Bytes> {
        self.objects.get(key).map(|stored| &stored.body)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_slice(self.bytes(key)?).ok()
    }

    /// The text of a compressed list.
    pub(crate) fn list_text(&self, key: &str) -> Vec<u8> {
        self.bytes(key).and_then(|packed| zstd::decode_all(packed.as_ref()).ok()).unwrap_or_default()
    }

    pub(crate) fn keys<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a String> {
        let from = self.objects.range(prefix.to_owned()..).map(|(key, _)| key);
        from.take_while(move |key| key.starts_with(prefix))
    }

    /// The number of the write that an object comes from.
    pub(crate) fn written(&self, key: &str) -> Option<u64> {
        self.objects.get(key)?.etag.0.parse().ok()
    }

    fn put(&mut self, key: &str, body: Bytes, condition: &PutCondition) -> PutOutcome {
        let holds = match (condition, self.objects.get(key)) {
            (PutCondition::IfAbsent, present) => present.is_none(),
            (PutCondition::IfMatch(etag), present) => present.is_some_and(|stored| stored.etag == *etag),
        };
        if !holds {
            return PutOutcome::Conflict;
        }
        self.writes += 1;
        let etag = Etag(self.writes.to_string());
        self.objects.insert(key.to_owned(), Stored { body, etag: etag.clone() });
        PutOutcome::Written(etag)
    }
}

/// The port.
pub(crate) struct SimObjects {
    pub(crate) sim: Sim,
    pub(crate) version: Version,
}

fn unavailable(key: &str) -> Failure {
    failure(FailureKind::StoreUnavailable, &format!("object {key}"))
}

fn put(inner: &mut Inner, key: &str, body: &Bytes, condition: &PutCondition) -> Result<PutOutcome, Failure> {
    if inner.fault(Fault::StoreFails, 3) || inner.fault(Fault::StoreTorn, 2) {
        return Err(unavailable(key));
    }
    let outcome = inner.store.put(key, body.clone(), condition);
    inner.note(|| format!("put {key} {}", if outcome == PutOutcome::Conflict { "conflict" } else { "ok" }));
    if outcome == PutOutcome::Conflict {
        crate::oracle::lost_race(inner, key);
    } else {
        crate::oracle::written(inner, key, body, condition);
        if key.ends_with("/outcome.json") && inner.fault(Fault::FireAtTheEnd, 60) {
            let number = (inner.now / PERIOD) as u32;
            let soon = inner.delays.below(60);
            inner.act_in(soon, Act::Fire { number, token: "eager", attempt: 0 });
        }
        if inner.fault(Fault::StoreWritesAndFails, 3) {
            return Err(unavailable(key));
        }
        if inner.fault(Fault::StoreMeetsOwnWrite, 3) {
            return Ok(PutOutcome::Conflict);
        }
    }
    Ok(outcome)
}

#[async_trait]
impl Objects for SimObjects {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        self.sim.wait(Wait::Store).await;
        self.sim.with(|inner| {
            if inner.fault(Fault::StoreFails, 1) {
                return Err(unavailable(key));
            }
            Ok(inner.store.objects.get(key).cloned())
        })
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        self.sim.wait(Wait::Store).await;
        while self.sim.with(|inner| inner.fault(Fault::StoreCollides, 5)) {
            self.sim.wait(Wait::Store).await;
        }
        // A definition is not added to: what a person has set and a version does not know is refused, not overlooked.
        let written = self.version.writes(&body).filter(|_| !key.ends_with("/definition.json"));
        let body = written.map_or(body, Bytes::from);
        let outcome = self.sim.with(|inner| put(inner, key, &body, &condition));
        self.sim.wait(Wait::Store).await;
        outcome
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.sim.wait(Wait::Store).await;
        self.sim.with(|inner| {
            if inner.fault(Fault::StoreFails, 1) {
                return Err(unavailable(prefix));
            }
            Ok(inner.store.keys(prefix).cloned().collect())
        })
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.sim.wait(Wait::Store).await;
        self.sim.with(|inner| drop(inner.store.objects.remove(key)));
        Ok(())
    }
}
