//! Deliveries: batches of assets, each with all its findings, and the destination's judgement of them.

use crate::page::Traffic;
use crate::plan::Verdict;
use crate::record::FindingStatus;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One batch as the plan lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryPlan {
    /// Number inside the run, from 0.
    pub number: u32,
    /// Key of its content: one [`AssetDelivery`] a line, compressed.
    pub data: String,
    /// Assets in it.
    pub assets: u64,
    /// Findings in it.
    pub findings: u64,
}

/// One asset with all its findings; never with some of them, because it is not established whether a push replaces
/// or adds findings (`docs/adr`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssetDelivery<'a> {
    /// Asset id.
    #[serde(borrow)]
    pub asset: Cow<'a, str>,
    /// Verdict on the asset itself.
    pub verdict: Verdict,
    /// The mapped asset.
    #[serde(borrow)]
    pub body: &'a RawValue,
    /// All its findings, the closed ones explicit.
    #[serde(borrow)]
    pub findings: Vec<FindingDelivery<'a>>,
}

/// One finding of a delivery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindingDelivery<'a> {
    /// Finding id.
    #[serde(borrow)]
    pub finding: Cow<'a, str>,
    /// Why it is what it is.
    pub verdict: Verdict,
    /// Status the destination is to show: `open`, or closed as `fixed` or `irrelevant`.
    pub status: FindingStatus,
    /// Since when it is closed, RFC 3339.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub fixed_on: Option<Cow<'a, str>>,
    /// The mapped finding.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

/// How large a batch may become; a single asset may exceed `findings` and `bytes`, because assets are never split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Assets.
    pub assets: usize,
    /// Findings.
    pub findings: usize,
    /// Bytes of mapped bodies.
    pub bytes: usize,
}

/// `runs/<connection>/<run>/receipts/<n>.json`, of a later attempt `<n>-<attempt>.json`: put-if-absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the delivery.
    pub delivery: u32,
    /// Attempt of the run that wrote it. The last one counts, and holds what the earlier ones brought over.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Assets that were accepted.
    pub accepted: u64,
    /// Findings in the accepted assets.
    pub findings: u64,
    /// Assets that were refused, with the destination's reason.
    pub refused: Vec<Refusal>,
    /// What it cost.
    pub traffic: Traffic,
    /// How it went.
    #[serde(default)]
    pub figures: DeliveryFigures,
}

/// How sending a batch went; whoever calls the destination fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryFigures {
    /// How often its message was received until it was sent; more than once after a failure.
    pub attempts: u32,
    /// When the answer was complete.
    pub at: Option<Timestamp>,
    /// Milliseconds of sending, waiting included.
    pub took_ms: u64,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An asset that the destination refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Asset id.
    pub asset: String,
    /// The destination's reason.
    pub reason: String,
}
