//! Deliveries, judged when they arrive.

use super::state;
use crate::game::TIME_LIMIT;
use crate::sim::{Inner, Millis};
use crate::vendor::table::row_of;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, ItemAnswer, Phase, Receipt, Takes};
use causeway_domain::invariant::{I3, I4, I5, I8, I9};
use causeway_domain::{FindingStatus, Generation, RunId};
use causeway_ports::destination::Batch;
use std::collections::{BTreeMap, BTreeSet};

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
    if batch.phase == Phase::Links {
        links(inner, batch, &content);
        return generation;
    }
    let known = facts.batches.entry(number).or_insert_with(|| content.clone());
    // A later try or attempt leaves out what an answer settled, and nothing else of the batch.
    let answers = facts.answers.entry(number).or_default();
    let settled = |asset: &String| answers.accepted.contains(asset) || answers.refused.contains(asset);
    let whole = known.keys().all(|asset| content.contains_key(asset) || settled(asset));
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

/// Links arrive: of items that are there, and when all other items of the run are.
fn links(inner: &mut Inner, batch: &Batch<'_>, content: &BTreeMap<String, blake3::Hash>) {
    let (run, number) = (batch.run, batch.number);
    let Some(facts) = inner.oracle.runs.get(run) else { return };
    let planned = facts.plan.iter().flat_map(|plan| &plan.deliveries);
    let of_links = planned.clone().find(|other| other.number == number && other.phase == Phase::Links);
    let items: Vec<_> = planned.filter(|other| other.phase == Phase::Items).collect();
    let same = of_links.and_then(|links| items.iter().find(|items| items.data == links.data));
    let Some(same) = same.map(|items| items.number) else {
        return inner.broken(I4, format!("links {number} of run {run} are of no planned items"));
    };
    let open = items.iter().map(|items| items.number).find(|items| !state::received(inner, run, *items));
    let arrived = facts.arrived.get(&same);
    let lacks = |asset: &&String| !arrived.is_some_and(|arrived| arrived.contains(*asset));
    let (lacking, sent) = (content.keys().find(lacks).cloned(), facts.batches.get(&same));
    let other = content.iter().any(|(asset, hash)| sent.and_then(|sent| sent.get(asset)) != Some(hash));
    if let Some(items) = open {
        inner.broken(
            I4,
            format!("run {run} sends links {number} before the items of delivery {items} are there"),
        );
    } else if let Some(asset) = lacking {
        inner.broken(I4, format!("run {run} links {asset}, which was not accepted"));
    } else if other {
        inner.broken(I9, format!("links {number} of run {run} are of other content than their items"));
    }
    inner.tally.sometimes("links sent", content.len() as u64);
}

/// The sender hears `answer` about a batch.
pub(crate) fn answered(inner: &mut Inner, batch: &Batch<'_>, answer: &BatchAnswer) {
    let Some(facts) = inner.oracle.runs.get_mut(batch.run) else { return };
    let answers = facts.answers.entry(batch.number).or_default();
    for (delivery, item) in batch.assets.iter().zip(&answer.items) {
        match item {
            ItemAnswer::Accepted => drop(answers.accepted.insert(delivery.asset.to_string())),
            ItemAnswer::Refused(_) => drop(answers.refused.insert(delivery.asset.to_string())),
            ItemAnswer::Again(_) => {}
        }
    }
}

/// A receipt was written, or what a try settled: it calls nothing accepted that no answer accepted.
pub(super) fn receipt(inner: &mut Inner, run: &RunId, name: &str, body: &[u8]) {
    let Ok(receipt) = serde_json::from_slice::<Receipt>(body) else {
        return inner.broken(I4, format!("{name} of run {run} cannot be read"));
    };
    inner.tally.sometimes("link withheld", receipt.withheld.len() as u64);
    inner.tally.sometimes("part of a batch settled", u64::from(name.contains("-try-")));
    let Some(facts) = inner.oracle.runs.get(run) else { return };
    let planned = facts.plan.iter().flat_map(|plan| &plan.deliveries);
    let Some(delivery) = planned.into_iter().find(|delivery| delivery.number == receipt.delivery) else {
        return inner.broken(I4, format!("{name} of run {run} is of no planned delivery"));
    };
    let mut assets: BTreeSet<String> =
        super::ledger::assets_of(&inner.store, &delivery.data).into_iter().collect();
    assets.retain(|asset| {
        let left = receipt.again.contains(asset) || receipt.withheld.contains(asset);
        !left && !receipt.refused.iter().any(|refusal| refusal.asset == *asset)
    });
    let answers = facts.answers.get(&receipt.delivery);
    let accepted = |asset: &String| answers.is_some_and(|answers| answers.accepted.contains(asset));
    if let Some(asset) = assets.iter().find(|asset| !accepted(asset)) {
        inner.broken(I3, format!("{name} of run {run} calls {asset} accepted, and no answer did"));
    } else if assets.len() as u64 != receipt.accepted {
        let accepted = receipt.accepted;
        inner.broken(I3, format!("{name} of run {run} counts {accepted} of {} accepted", assets.len()));
    } else if let Some(facts) = inner.oracle.runs.get_mut(run) {
        facts.arrived.entry(receipt.delivery).or_default().append(&mut assets);
    }
}

/// One asset of it is accepted.
pub(crate) fn arrives(inner: &mut Inner, batch: &Batch<'_>, delivery: &AssetDelivery<'_>) {
    if inner.setup.takes == Takes::Assets {
        inner.tally.sometimes("asset sent alone", 1);
        if !delivery.findings.is_empty() {
            let detail = format!("{} is sent with findings to a receiver of assets alone", delivery.asset);
            return inner.broken(I3, detail);
        }
    }
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
