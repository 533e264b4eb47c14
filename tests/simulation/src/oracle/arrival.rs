//! Deliveries, judged when they arrive.

use crate::game::TIME_LIMIT;
use crate::sim::{Inner, Millis};
use crate::vendor::table::row_of;
use causeway_domain::delivery::AssetDelivery;
use causeway_domain::invariant::{I3, I4, I5, I8, I9};
use causeway_domain::{FindingStatus, Generation};
use causeway_ports::destination::Batch;
use std::collections::BTreeMap;

/// A batch arrives; returns the number of its run.
pub(crate) fn delivered(inner: &mut Inner, batch: &Batch<'_>, begun: Millis) -> Generation {
    let hash = |asset: &AssetDelivery<'_>| blake3::hash(&serde_json::to_vec(asset).unwrap_or_default());
    let content: BTreeMap<String, blake3::Hash> =
        batch.assets.iter().map(|asset| (asset.asset.to_string(), hash(asset))).collect();
    let (run, number) = (batch.run, batch.number);
    inner.note(|| {
        let assets: Vec<_> = batch.assets.iter().map(|asset| asset.asset.as_ref()).collect();
        format!("deliver {run} {number}: {assets:?}")
    });
    let Some(facts) = inner.oracle.runs.get_mut(run) else {
        inner.broken(I4, format!("a delivery of run {run}, which was never started"));
        return Generation(0);
    };
    let generation = Generation(facts.generation);
    let known = facts.batches.entry(number).or_insert_with(|| content.clone());
    // A later attempt sends what was refused before, and nothing else of the batch.
    let whole = facts.attempt > 0 || known.len() == content.len();
    let same = whole && content.iter().all(|(asset, hash)| known.get(asset) == Some(hash));
    let held = facts.plan.as_ref().map(|plan| !plan.held.is_empty() && !facts.approved);
    let ended = facts.outcome.is_some().then_some(facts.decided_at);
    if !same {
        inner.broken(I9, format!("delivery {number} of run {run} is sent with two contents"));
    }
    match held {
        None => inner.broken(I4, format!("run {run} delivers before it has a plan")),
        Some(true) => inner.broken(I8, format!("run {run} delivers a held plan")),
        Some(false) => {}
    }
    // A process that saw the run undecided is gone after its time limit.
    if ended.is_some_and(|at| begun > at + TIME_LIMIT) {
        inner.broken(I5, format!("run {run} delivers long after it ended"));
    }
    generation
}

/// One asset of it is accepted.
pub(crate) fn arrives(inner: &mut Inner, batch: &Batch<'_>, delivery: &AssetDelivery<'_>) {
    for finding in &delivery.findings {
        let Some(id) = row_of(&delivery.asset, &finding.finding) else {
            return inner.broken(I3, format!("{} is sent and was never heard of", finding.finding));
        };
        let body = finding.body.get();
        let refused = inner.vendor.history.refused(0, inner.now) && body == super::outcome::REFUSED_BODY;
        let had = inner.vendor.history.ever(id, |row| {
            (refused || super::outcome::body(row) == body)
                && row.finding_ids().iter().any(|known| *known == finding.finding)
        });
        if !had {
            let (run, asset) = (batch.run, &delivery.asset);
            inner.broken(
                I3,
                format!("run {run} sends {asset}/{} as the vendor never had it", finding.finding),
            );
        }
        if finding.status == FindingStatus::Open && finding.fixed_on.is_some() {
            inner.broken(I3, format!("{}/{} is open and dated", delivery.asset, finding.finding));
        }
    }
}
