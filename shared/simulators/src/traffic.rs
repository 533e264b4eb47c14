//! Counters of requests and responses.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Counters since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests by endpoint (`devices`, `relations`, `auth`, `sync`, `other`), then by status. A request that ended
    /// without an answer counts as status `0`.
    pub requests: BTreeMap<String, BTreeMap<u16, u64>>,
    /// Bytes of request bodies.
    pub bytes_received: u64,
    /// Bytes of response bodies before faults.
    pub bytes_sent: u64,
}

impl Traffic {
    /// Requests at `endpoint` with any status.
    pub fn requests_at(&self, endpoint: &str) -> u64 {
        self.requests.get(endpoint).map_or(0, |statuses| statuses.values().sum())
    }

    /// Requests at `endpoint` with `status`.
    pub fn answered(&self, endpoint: &str, status: u16) -> u64 {
        self.requests.get(endpoint).and_then(|statuses| statuses.get(&status)).copied().unwrap_or(0)
    }
}

/// Counters that many requests write to.
#[derive(Debug, Default)]
pub(crate) struct TrafficCounter(Mutex<Traffic>);

impl TrafficCounter {
    pub(crate) fn count(&self, endpoint: &str, status: u16, received: usize, sent: usize) {
        let mut traffic = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *traffic.requests.entry(endpoint.to_owned()).or_default().entry(status).or_default() += 1;
        traffic.bytes_received += received as u64;
        traffic.bytes_sent += sent as u64;
    }

    pub(crate) fn snapshot(&self) -> Traffic {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}
