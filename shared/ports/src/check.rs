//! The five checks of *Test Connection*, one by one.

use causeway_domain::Failure;
use serde::Serialize;
use std::time::Duration;

/// One check of a source or destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The product text's name: `Network Reachability`, `TLS Handshake`, `Authentication Credential Check`,
    /// `Authorization Scope Check`, `Data Fetch`; the authorization check appears once per endpoint.
    pub name: String,
    /// How it went.
    pub verdict: CheckVerdict,
    /// What was seen, in a few words: an address, a protocol version, a count.
    pub detail: String,
    /// Time taken.
    pub took: Duration,
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result", content = "failure")]
pub enum CheckVerdict {
    /// Passed.
    Passed,
    /// Failed; the failure carries the advice.
    Failed(Failure),
    /// Not made because an earlier one failed or it does not apply; `detail` says why.
    Skipped,
}
