//! The destination: what it holds, and how it answers.

use crate::fault::Fault;
use crate::oracle;
use crate::sim::{Inner, Millis, Sim, Wait, failure};
use crate::version::Version;
use async_trait::async_trait;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, BatchLimits, ItemAnswer, Phase, Takes};
use causeway_domain::page::Traffic;
use causeway_domain::{Failure, FailureKind, FindingStatus, Generation};
use causeway_ports::Destination;
use causeway_ports::destination::Batch;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A finding as the destination shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) body: String,
}

/// An asset as the destination shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShownAsset {
    pub(crate) body: String,
    pub(crate) findings: BTreeMap<String, Shown>,
    /// The run that sent it last.
    pub(crate) generation: u64,
    /// The body whose links arrived last.
    pub(crate) linked: Option<String>,
    /// An older run's request, in flight since before that run ended, came after a newer run's.
    pub(crate) overtaken: bool,
}

/// Everything at the destination.
pub(crate) struct Receiver {
    pub(crate) assets: BTreeMap<String, ShownAsset>,
    pub(crate) refused: BTreeSet<String>,
    merges: bool,
}

impl Receiver {
    pub(crate) fn new(merges: bool) -> Self {
        Self { assets: BTreeMap::new(), refused: BTreeSet::new(), merges }
    }

    fn link(&mut self, delivery: &AssetDelivery<'_>, generation: Generation) {
        let asset = self.assets.entry(delivery.asset.to_string()).or_default();
        asset.overtaken |= generation.0 < asset.generation;
        asset.linked = Some(delivery.body.get().to_owned());
    }

    fn accept(&mut self, delivery: &AssetDelivery<'_>, generation: Generation) {
        let merges = self.merges;
        let asset = self.assets.entry(delivery.asset.to_string()).or_default();
        if !merges {
            asset.findings.clear();
        }
        asset.overtaken = generation.0 < asset.generation;
        asset.generation = asset.generation.max(generation.0);
        asset.body = delivery.body.get().to_owned();
        for finding in &delivery.findings {
            let shown = Shown {
                status: finding.status,
                fixed_on: finding.fixed_on.as_ref().map(ToString::to_string),
                body: finding.body.get().to_owned(),
            };
            asset.findings.insert(finding.finding.to_string(), shown);
        }
    }
}

/// The port.
pub(crate) struct SimDestination {
    pub(crate) sim: Sim,
    pub(crate) version: Version,
}

fn refused(inner: &mut Inner) -> Option<Failure> {
    if inner.fault(Fault::ReceiverLimits, 20) {
        let pause = inner.delays.between(0, 200);
        let limited = failure(FailureKind::RateLimited, "destination");
        return Some(limited.after((pause > 20).then(|| Duration::from_secs(pause))));
    }
    if inner.fault(Fault::ReceiverTimeout, 15) {
        return Some(failure(FailureKind::Timeout, "destination"));
    }
    inner.fault(Fault::ReceiverFails, 20).then(|| failure(FailureKind::Unavailable, "destination"))
}

fn take(inner: &mut Inner, batch: &Batch<'_>, begun: Millis) -> Result<BatchAnswer, Failure> {
    if let Some(failure) = refused(inner) {
        return Err(failure);
    }
    if inner.fault(Fault::ReceiverRefuses, 30)
        && let Some(asset) = inner.delays.pick(batch.assets).map(|delivery| delivery.asset.to_string())
    {
        inner.receiver.refused.insert(asset);
    }
    let partial = inner.fault(Fault::ReceiverPartial, 20);
    let some =
        if partial { inner.delays.below(batch.assets.len() as u64) as usize } else { batch.assets.len() };
    let some_again = inner.fault(Fault::ReceiverAgain, 60);
    let generation = oracle::delivered(inner, batch, begun);
    let mut items = Vec::new();
    for delivery in batch.assets.iter().take(some) {
        if inner.receiver.refused.contains(delivery.asset.as_ref()) {
            items.push(ItemAnswer::Refused("simulated".to_owned()));
            continue;
        }
        let again = some_again.then(|| again(inner)).flatten();
        // What the receiver says it does not have, it may have all the same.
        if again.is_none() || inner.delays.below(2) == 0 {
            match batch.phase {
                Phase::Items => {
                    oracle::arrives(inner, batch, delivery);
                    inner.receiver.accept(delivery, generation);
                }
                Phase::Links => inner.receiver.link(delivery, generation),
            }
        }
        items.push(again.map_or(ItemAnswer::Accepted, ItemAnswer::Again));
    }
    let count = |wanted: fn(&ItemAnswer) -> bool| items.iter().filter(|item| wanted(item)).count() as u64;
    let refused = if batch.phase.is_items() { "asset refused" } else { "link refused" };
    inner.tally.sometimes(refused, count(|item| matches!(item, ItemAnswer::Refused(_))));
    inner.tally.sometimes("asset asked for again", count(|item| matches!(item, ItemAnswer::Again(_))));
    if partial {
        return Err(failure(FailureKind::Unavailable, "destination"));
    }
    Ok(BatchAnswer { items, traffic: Traffic::default() })
}

/// Why an item must come again; not each of a batch must.
fn again(inner: &mut Inner) -> Option<Failure> {
    match inner.delays.below(4) {
        0 => Some(failure(FailureKind::RateLimited, "destination").after(Some(Duration::from_secs(30)))),
        1 => Some(failure(FailureKind::Unavailable, "destination")),
        _ => None,
    }
}

#[async_trait]
impl Destination for SimDestination {
    fn limits(&self) -> BatchLimits {
        match self.version {
            Version::This => BatchLimits { assets: 4, findings: 12, bytes: 100_000 },
            Version::Next => BatchLimits { assets: 3, findings: 20, bytes: 100_000 },
        }
    }

    fn takes(&self) -> Takes {
        self.sim.with(|inner| inner.setup.takes)
    }

    fn phases(&self) -> &'static [Phase] {
        let links = self.sim.with(|inner| inner.setup.links);
        if links { &Phase::ALL } else { &[Phase::Items] }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let begun = self.sim.with(|inner| inner.now);
        self.sim.wait(Wait::Receiver).await;
        let answer = self.sim.with(|inner| take(inner, batch, begun));
        self.sim.wait(Wait::Receiver).await;
        if self.sim.with(|inner| inner.fault(Fault::ReceiverTimeout, 15)) {
            return Err(failure(FailureKind::Timeout, "destination"));
        }
        if let Ok(answer) = &answer {
            self.sim.with(|inner| oracle::answered(inner, batch, answer));
        }
        answer
    }
}
