//! Settings of the xDome simulator.

use crate::RateLimit;
use crate::faults::{Endpoint, Fault};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The vendor's data and behaviour. The same settings always give the same world and the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct XdomeConfig {
    /// Seed of everything.
    pub seed: u64,
    /// Devices, the retired ones included.
    pub devices: u32,
    /// Maximum number of findings, spread unevenly over the devices, which can have 30 to 130 each.
    pub findings: u32,
    /// Sites, at least 1.
    pub sites: u16,
    /// Share of retired devices, in percent.
    pub retired_percent: u8,
    /// The vendor's time at the start; every date lies before it.
    pub clock: Timestamp,
    /// Wait before each answer, in milliseconds.
    pub latency_ms: u64,
    /// Limit of requests; none by default.
    pub rate_limit: Option<RateLimit>,
    /// Tokens that are accepted.
    pub tokens: Vec<Token>,
    /// Fields that this tenant's API no longer knows, in either endpoint's spelling.
    pub rejected_fields: Vec<String>,
    /// Fault script.
    pub faults: Vec<Fault>,
}

/// An API token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    /// The text after `Bearer `.
    pub text: String,
    /// Names of the sites its user may see; all when absent. Rows of other sites are silently missing.
    pub sites: Option<Vec<String>>,
    /// Endpoints its user may call; all when absent. Others answer 403.
    pub endpoints: Option<Vec<Endpoint>>,
    /// Requests after which it is expired; never when absent.
    pub expires_after: Option<u64>,
}

impl Token {
    /// The token that the default configuration accepts.
    pub const DEFAULT: &'static str = "simulated-xdome-token";
}

impl Default for XdomeConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            devices: 1_000,
            findings: 10_000,
            sites: 6,
            retired_percent: 4,
            clock: Timestamp::constant(1_793_512_800, 0), // 2026-11-01T06:00:00Z
            latency_ms: 0,
            rate_limit: None,
            tokens: vec![Token { text: Token::DEFAULT.to_owned(), ..Token::default() }],
            rejected_fields: Vec::new(),
            faults: Vec::new(),
        }
    }
}
