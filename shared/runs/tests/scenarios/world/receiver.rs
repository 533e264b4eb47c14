//! A destination that keeps what it accepted: an asset replaces the one of the same id.

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_domain::delivery::{BatchLimits, DeliveryFigures, Receipt, Refusal};
use causeway_domain::page::Traffic;
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
    sent: Mutex<Vec<String>>,
    script: Mutex<Option<Script>>,
    limits: Mutex<Option<BatchLimits>>,
}

impl Receiver {
    /// Takes batches of at most this size from now on.
    pub(crate) fn limit(&self, limits: BatchLimits) {
        *self.limits.lock().unwrap() = Some(limits);
    }

    /// Lets `script` answer by the number of the delivery.
    pub(crate) fn script(&self, script: impl FnMut(u32) -> Answer + Send + 'static) {
        *self.script.lock().unwrap() = Some(Box::new(script));
    }

    /// Accepts everything again.
    pub(crate) fn behave(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// All assets that were ever sent, in order, accepted or not.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
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

    async fn deliver(&self, batch: &Batch<'_>) -> Result<Receipt, Failure> {
        let answer =
            self.script.lock().unwrap().as_mut().map_or(Answer::Accept, |script| script(batch.number));
        self.sent.lock().unwrap().extend(batch.assets.iter().map(|asset| asset.asset.to_string()));
        if let Answer::Fail(failure) = answer {
            return Err(failure);
        }
        let mut receipt = Receipt {
            delivery: batch.number,
            attempt: 0,
            accepted: 0,
            findings: 0,
            refused: Vec::new(),
            traffic: Traffic::default(),
            figures: DeliveryFigures::default(),
        };
        for asset in batch.assets {
            if matches!(answer, Answer::Refuse(id) if id == asset.asset) {
                receipt
                    .refused
                    .push(Refusal { asset: asset.asset.to_string(), reason: "as scripted".to_owned() });
                continue;
            }
            let mut document: Value = serde_json::from_str(&asset.document()?).unwrap();
            for finding in &asset.findings {
                document["findings"][finding.finding.as_ref()] =
                    serde_json::from_str(&finding.document()?).unwrap();
            }
            receipt.accepted += 1;
            receipt.findings += asset.findings.len() as u64;
            self.assets.lock().unwrap().insert(asset.asset.to_string(), document);
        }
        match answer {
            Answer::AcceptAndFail(failure) => Err(failure),
            _ => Ok(receipt),
        }
    }
}
