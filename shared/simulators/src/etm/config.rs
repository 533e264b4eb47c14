//! Settings of the ETM simulator.

use crate::RateLimit;
use crate::faults::Fault;
use serde::{Deserialize, Serialize};

/// Settings of the receiver's behaviour and of its store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtmConfig {
    /// API user.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Connectors that exist; requests for others are answered 400. Any is accepted when empty.
    pub connectors: Vec<String>,
    /// Requests for which a JWT is valid; if absent, only its 4 hours limit it.
    pub token_requests: Option<u64>,
    /// Wait before each answer, in milliseconds.
    pub latency_ms: u64,
    /// Limit of requests to the sync endpoint; none by default.
    pub rate_limit: Option<RateLimit>,
    /// Number of assets, and of findings, that keep their whole payload; the others keep key, status and hash only.
    pub keep_payloads: u64,
    /// Names of the member with a finding's id, tried in order (two vocabularies are known, neither is settled).
    pub finding_id_keys: Vec<String>,
    /// Names of the member with a finding's status, tried in order.
    pub finding_status_keys: Vec<String>,
    /// Fault script.
    pub faults: Vec<Fault>,
}

impl EtmConfig {
    /// User that the default configuration accepts.
    pub const DEFAULT_USERNAME: &'static str = "simulated_etm_user";
    /// Its password.
    pub const DEFAULT_PASSWORD: &'static str = "simulated-etm-password";
    /// A connector UUID to use where any will do.
    pub const DEFAULT_CONNECTOR: &'static str = "5f0c2d1e-7a34-4c1b-9a55-3f6b8c0d9e21";
}

impl Default for EtmConfig {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            username: Self::DEFAULT_USERNAME.to_owned(),
            password: Self::DEFAULT_PASSWORD.to_owned(),
            connectors: Vec::new(),
            token_requests: None,
            latency_ms: 0,
            rate_limit: None,
            keep_payloads: 100_000,
            finding_id_keys: names(&["externalFindingId", "id", "vendorFindingId"]),
            finding_status_keys: names(&["status", "findingStatus"]),
            faults: Vec::new(),
        }
    }
}
