//! Deliveries: batches of assets, each with all its findings, and the destination's judgement of them.

use crate::page::Traffic;
use crate::plan::Verdict;
use crate::record::FindingStatus;
use crate::{Failure, FailureKind, Retry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::AddAssign;

/// The part of an asset that a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Takes {
    /// Assets, each with all its findings.
    #[default]
    AssetsWithFindings,
    /// Assets alone. An asset of which only findings changed is not sent.
    Assets,
}

/// A phase of delivering. A receiver that links items to each other is sent the links once it has the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The items.
    #[default]
    Items,
    /// Links between items.
    Links,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 2] = [Self::Items, Self::Links];

    /// Whether it is the first, which every receiver has.
    pub fn is_items(&self) -> bool {
        *self == Self::Items
    }
}

/// One batch as the plan lists it. A receiver of two phases gets each batch twice, under two numbers.
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
    /// Phase: the items or their links.
    #[serde(default, skip_serializing_if = "Phase::is_items")]
    pub phase: Phase,
}

impl DeliveryPlan {
    /// The batches of `items` once more, for their links. Numbers go on after the last.
    pub fn links(items: &[Self]) -> Vec<Self> {
        let numbers = u32::try_from(items.len()).unwrap_or(u32::MAX)..;
        let link = |(number, batch): (u32, &Self)| Self { number, phase: Phase::Links, ..batch.clone() };
        numbers.zip(items).map(link).collect()
    }
}

/// One item of a batch: an asset with all its findings; never with some of them, because it is not established whether a
/// push replaces or adds findings (`docs/adr`). What must travel together is one item, so a batch may be cut between any two.
/// Parts of an asset that are no findings, such as software and adapters, are members of its `body`.
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

/// How large a batch may become. An item that exceeds a limit on its own travels alone, because items are never split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Assets.
    pub assets: usize,
    /// Findings.
    pub findings: usize,
    /// Bytes of the items as the plan stores them, before compression. The body of a request may be larger or smaller, but
    /// this depends on the plan alone, so planning again cuts the same batches.
    pub bytes: usize,
}

impl BatchLimits {
    /// Whether `item` may join `batch`.
    pub fn admit(&self, batch: BatchSize, item: BatchSize) -> bool {
        batch.assets == 0
            || (batch.assets + item.assets <= self.assets
                && batch.findings + item.findings <= self.findings
                && batch.bytes + item.bytes <= self.bytes)
    }
}

/// Size of a batch, or of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchSize {
    /// Assets.
    pub assets: usize,
    /// Findings.
    pub findings: usize,
    /// Bytes, see [`BatchLimits::bytes`].
    pub bytes: usize,
}

impl AddAssign for BatchSize {
    fn add_assign(&mut self, other: Self) {
        self.assets += other.assets;
        self.findings += other.findings;
        self.bytes += other.bytes;
    }
}

/// A destination's answer to a batch.
#[derive(Debug, Clone, Default)]
pub struct BatchAnswer {
    /// One answer for each item, in the order of the batch.
    pub items: Vec<ItemAnswer>,
    /// What it cost.
    pub traffic: Traffic,
}

impl BatchAnswer {
    /// The answer that accepts all of `count` items.
    pub fn accepting(count: usize) -> Self {
        Self { items: vec![ItemAnswer::Accepted; count], traffic: Traffic::default() }
    }
}

/// A destination's answer to one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemAnswer {
    /// The destination has it.
    Accepted,
    /// Refused for good, with the destination's reason. The next run sends it again.
    Refused(String),
    /// Refused for a reason that may pass, or nothing is known of it: it must be sent again. The failure says when.
    Again(Failure),
}

/// `runs/<connection>/<run>/receipts/<n>.json`, of a later attempt `<n>-<attempt>.json`: put-if-absent.
///
/// A try that leaves items to be sent again stores the same as `<n>-try-<t>.json`, `<n>-<attempt>-try-<t>.json`. Each holds
/// what the earlier tries and attempts brought over, so the last one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the delivery.
    pub delivery: u32,
    /// Attempt of the run that wrote it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Phase: the items or their links.
    #[serde(default, skip_serializing_if = "Phase::is_items")]
    pub phase: Phase,
    /// Assets that were accepted.
    pub accepted: u64,
    /// Findings in the accepted assets; none where links were sent.
    pub findings: u64,
    /// Assets that were refused, with the destination's reason.
    pub refused: Vec<Refusal>,
    /// Assets that must be sent again; none once the delivery is done.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub again: BTreeSet<String>,
    /// Assets whose links were not sent, because the destination refused the assets themselves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<String>,
    /// What it cost.
    pub traffic: Traffic,
    /// How it went.
    #[serde(default)]
    pub figures: DeliveryFigures,
}

impl Receipt {
    /// Whether each asset is accepted or refused.
    pub fn is_final(&self) -> bool {
        self.again.is_empty()
    }

    /// Whether a new attempt of the run has nothing to send.
    pub fn is_whole(&self) -> bool {
        self.is_final() && self.refused.is_empty() && self.withheld.is_empty()
    }

    /// What a new attempt of the run starts from: it sends the refused assets again as well.
    #[must_use]
    pub fn reopened(mut self) -> Self {
        self.again.extend(self.refused.drain(..).map(|refusal| refusal.asset));
        self.again.append(&mut self.withheld);
        self
    }

    /// Assets that were accepted and that no other receipt counts: links are sent of assets that were accepted before.
    pub fn new_assets(&self) -> u64 {
        if self.phase.is_items() { self.accepted } else { 0 }
    }

    /// Adds `answer`, which the destination gave to `assets`: those of the batch that were still to be sent. Returns the
    /// failure that says when to send the rest again; `None` if nothing is left.
    ///
    /// # Errors
    /// `MalformedAnswer` if the answer is not about exactly these items; nothing is added then.
    pub fn add(
        &mut self,
        assets: &[AssetDelivery<'_>],
        answer: BatchAnswer,
    ) -> Result<Option<Failure>, Failure> {
        if answer.items.len() != assets.len() {
            let detail = format!("{} answers for {} items", answer.items.len(), assets.len());
            let subject = format!("delivery {}", self.delivery);
            return Err(Failure::new(FailureKind::MalformedAnswer, subject, detail));
        }
        let mut deciding = None;
        self.again.clear();
        self.traffic += answer.traffic;
        for (asset, item) in assets.iter().zip(answer.items) {
            let id = || asset.asset.clone().into_owned();
            match item {
                ItemAnswer::Accepted => {
                    self.accepted += 1;
                    self.findings += if self.phase.is_items() { asset.findings.len() as u64 } else { 0 };
                }
                ItemAnswer::Refused(reason) => self.refused.push(Refusal { asset: id(), reason }),
                ItemAnswer::Again(failure) => {
                    self.again.insert(id());
                    deciding = Some(stricter(deciding, failure));
                }
            }
        }
        self.refused.sort_by(|one, other| one.asset.cmp(&other.asset));
        Ok(deciding)
    }
}

/// The failure that allows the fewest further tries, with the longest pause: all that is left travels in one message.
fn stricter(known: Option<Failure>, next: Failure) -> Failure {
    let rank = |failure: &Failure| match failure.retry() {
        Retry::AfterPause => 0,
        Retry::Backoff => 1,
        Retry::Never => 2,
    };
    let Some(known) = known else { return next };
    let pause = known.retry_after.max(next.retry_after);
    if rank(&next) > rank(&known) { next.after(pause) } else { known.after(pause) }
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
