//! A destination that keeps what it accepted: an asset replaces the one of the same id.

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, BatchLimits, ItemAnswer, Phase, Takes};
use causeway_ports::Destination;
use causeway_ports::destination::Batch;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// How the receiver answers a batch.
pub(crate) enum Answer {
    Accept,
    /// Refuses the asset of this id.
    Refuse(&'static str),
    /// Says of the assets of these ids that they must come again, and accepts the others.
    Again(&'static [&'static str], Failure),
    /// Fails without having looked at it.
    Fail(Failure),
    /// Accepts all of it and loses the answer.
    AcceptAndFail(Failure),
}

type Script = Box<dyn FnMut(u32) -> Answer + Send>;

/// The receiver.
#[derive(Default)]
pub(crate) struct Receiver {
    assets: Mutex<BTreeMap<String, Value>>,
    requests: Mutex<Vec<Vec<String>>>,
    script: Mutex<Option<Script>>,
    limits: Mutex<Option<BatchLimits>>,
    takes: Mutex<Takes>,
    links: Mutex<Links>,
}

/// The second phase of a receiver that has one.
#[derive(Default)]
struct Links {
    wanted: bool,
    /// The assets of each request, in order.
    requests: Vec<Vec<String>>,
}

impl Receiver {
    /// Takes batches of at most this size from now on.
    pub(crate) fn limit(&self, limits: BatchLimits) {
        *self.limits.lock().unwrap() = Some(limits);
    }

    /// Takes assets alone from now on.
    pub(crate) fn take_assets_alone(&self) {
        *self.takes.lock().unwrap() = Takes::Assets;
    }

    /// Wants the links of items in a phase of their own from now on.
    pub(crate) fn want_links(&self) {
        self.links.lock().unwrap().wanted = true;
    }

    /// The assets of each request for links that was ever made, in order.
    pub(crate) fn linked(&self) -> Vec<Vec<String>> {
        self.links.lock().unwrap().requests.clone()
    }

    /// Lets `script` answer by the number of the delivery.
    pub(crate) fn script(&self, script: impl FnMut(u32) -> Answer + Send + 'static) {
        *self.script.lock().unwrap() = Some(Box::new(script));
    }

    /// Accepts everything again.
    pub(crate) fn behave(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// All assets that were ever sent, in order, accepted or not; without links.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.requests().concat()
    }

    /// The assets of each request that was ever made, in order.
    pub(crate) fn requests(&self) -> Vec<Vec<String>> {
        self.requests.lock().unwrap().clone()
    }

    /// What it has: asset id → document, its findings under `findings`.
    pub(crate) fn assets(&self) -> BTreeMap<String, Value> {
        self.assets.lock().unwrap().clone()
    }

    /// A finding as it was accepted last.
    pub(crate) fn finding(&self, asset: &str, finding: &str) -> Value {
        self.assets()[asset]["findings"][finding].clone()
    }

    /// Its status, and since when it is closed.
    pub(crate) fn status(&self, asset: &str, finding: &str) -> (String, Option<String>) {
        let finding = self.finding(asset, finding);
        let text = |field: &str| finding[field].as_str().map(str::to_owned);
        (text("status").unwrap(), text("lastFixedOn"))
    }
}

#[async_trait]
impl Destination for Receiver {
    fn limits(&self) -> BatchLimits {
        let usual = BatchLimits { assets: 3, findings: 9, bytes: 10_000 };
        self.limits.lock().unwrap().unwrap_or(usual)
    }

    fn takes(&self) -> Takes {
        *self.takes.lock().unwrap()
    }

    fn phases(&self) -> &'static [Phase] {
        if self.links.lock().unwrap().wanted { &Phase::ALL } else { &[Phase::Items] }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let answer =
            self.script.lock().unwrap().as_mut().map_or(Answer::Accept, |script| script(batch.number));
        let names = batch.assets.iter().map(|asset| asset.asset.to_string()).collect();
        match batch.phase {
            Phase::Items => self.requests.lock().unwrap().push(names),
            Phase::Links => self.links.lock().unwrap().requests.push(names),
        }
        if let Answer::Fail(failure) = answer {
            return Err(failure);
        }
        let mut answered = BatchAnswer::default();
        for asset in batch.assets {
            let item = match &answer {
                Answer::Refuse(id) if *id == asset.asset => ItemAnswer::Refused("as scripted".to_owned()),
                Answer::Again(ids, failure) if ids.contains(&asset.asset.as_ref()) => {
                    ItemAnswer::Again(failure.clone())
                }
                _ if batch.phase == Phase::Items => {
                    self.accept(asset)?;
                    ItemAnswer::Accepted
                }
                _ => self.link(asset),
            };
            answered.items.push(item);
        }
        match answer {
            Answer::AcceptAndFail(failure) => Err(failure),
            _ => Ok(answered),
        }
    }
}

impl Receiver {
    /// Links an item, which must be there, with all others.
    fn link(&self, asset: &AssetDelivery<'_>) -> ItemAnswer {
        let mut assets = self.assets.lock().unwrap();
        let others = assets.len() - 1;
        match assets.get_mut(asset.asset.as_ref()) {
            Some(document) => {
                document["linked_with"] = others.into();
                ItemAnswer::Accepted
            }
            None => ItemAnswer::Refused("unknown item".to_owned()),
        }
    }

    fn accept(&self, asset: &AssetDelivery<'_>) -> Result<(), Failure> {
        let mut document: Value = serde_json::from_str(&asset.document()?).unwrap();
        for finding in &asset.findings {
            document["findings"][finding.finding.as_ref()] =
                serde_json::from_str(&finding.document()?).unwrap();
        }
        self.assets.lock().unwrap().insert(asset.asset.to_string(), document);
        Ok(())
    }
}
