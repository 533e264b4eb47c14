//! Reports of the receiver about accepted pushes.

use crate::Traffic;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts of everything received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtmSummary {
    /// Distinct assets.
    pub assets: u64,
    /// Distinct findings (asset and finding id).
    pub findings: u64,
    /// Findings by their latest status; `none` for those without one.
    pub findings_by_status: BTreeMap<String, u64>,
    /// Assets received, repeated ones counted again.
    pub assets_received: u64,
    /// Findings received, repeated ones counted again.
    pub findings_received: u64,
    /// Assets received again with the same content (findings aside).
    pub assets_unchanged: u64,
    /// Findings received again with the same content.
    pub findings_unchanged: u64,
    /// Assets refused by a fault.
    pub assets_refused: u64,
    /// Findings without an id under a known name; they are counted but cannot be kept.
    pub findings_without_id: u64,
    /// Sign-ins that succeeded.
    pub tokens_issued: u64,
    /// The number of times that each fault of the script took effect.
    pub faults_happened: Vec<u64>,
    /// Requests and bytes.
    pub traffic: Traffic,
}

/// An asset as last received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptAsset {
    /// `sourceNativeKey`.
    pub asset: String,
    /// Number of times received.
    pub received: u32,
    /// Hash of the payload without findings.
    pub hash: String,
    /// Findings kept for it.
    pub findings: u64,
    /// The payload without findings, while `keep_payloads` allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}

/// A finding as last received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptFinding {
    /// `sourceNativeKey` of its asset.
    pub asset: String,
    /// Its id.
    pub finding: String,
    /// Its status as sent.
    pub status: Option<String>,
    /// Number of times received.
    pub received: u32,
    /// Hash of the payload.
    pub hash: String,
    /// The payload, while `keep_payloads` allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}
