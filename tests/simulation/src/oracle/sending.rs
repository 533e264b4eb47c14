//! What a plan sends, held against its verdicts and against what the destination takes.

use super::ledger;
use crate::sim::Inner;
use causeway_domain::delivery::{Phase, Takes};
use causeway_domain::invariant::{I3, I4, I6};
use causeway_domain::plan::{Plan, Rule, Verdict, VerdictRecord};
use causeway_domain::{Manifest, RunId};
use std::collections::{BTreeMap, BTreeSet};

/// Each asset that is new or changed is sent, and to a destination of assets alone no other. Each batch has its links, if the
/// destination wants any.
pub(super) fn what_changed(
    inner: &mut Inner,
    run: &RunId,
    plan: &Plan,
    manifest: &Manifest,
    verdicts: &[VerdictRecord],
) {
    let alone = inner.setup.takes == Takes::Assets;
    let (mut sent, mut findings) = (BTreeSet::new(), 0);
    for batch in plan.batches(Phase::Items) {
        sent.extend(ledger::assets_of(&inner.store, &batch.data));
        findings += batch.findings;
    }
    let news: BTreeMap<&str, Verdict> =
        verdicts.iter().filter(|one| is_news(one)).map(|one| (one.key.asset.as_str(), one.verdict)).collect();
    // Coming back unchanged sends nothing.
    let must = news.iter().filter(|(_, verdict)| **verdict != Verdict::Reopened);
    let unsent = must.map(|(asset, _)| (*asset).to_owned()).find(|asset| !sent.contains(asset));
    let undelivered = manifest.ledger.as_ref().and_then(|ledger| ledger.undelivered.as_ref());
    let again: BTreeSet<String> = undelivered.and_then(|key| inner.store.json(key)).unwrap_or_default();
    let may = |asset: &&String| news.contains_key(asset.as_str()) || again.contains(*asset);
    let selective = alone && manifest.definition.definition.retain_delta;
    let needless = sent.iter().find(|asset| selective && !may(asset));
    let items: Vec<&String> = plan.batches(Phase::Items).map(|batch| &batch.data).collect();
    let links: Vec<&String> = plan.batches(Phase::Links).map(|batch| &batch.data).collect();
    if let Some(asset) = unsent {
        inner.broken(I3, format!("run {run} does not send {asset}, which is new or changed"));
    } else if let Some(asset) = needless {
        inner.broken(I6, format!("run {run} sends {asset} alone, although only its findings changed"));
    } else if alone && findings > 0 {
        inner.broken(I3, format!("run {run} plans {findings} findings for a destination of assets alone"));
    } else if links != if inner.setup.links { items } else { Vec::new() } {
        inner.broken(I4, format!("run {run} plans links of {links:?}"));
    }
}

/// Whether the verdict is on an asset whose record was read and is not what the ledger had.
fn is_news(verdict: &VerdictRecord) -> bool {
    let changed = matches!(verdict.verdict, Verdict::New | Verdict::Changed | Verdict::Reopened);
    let read = !matches!(verdict.rule, Rule::AssetUnknown | Rule::AssetKept);
    verdict.key.finding.is_empty() && changed && read
}
