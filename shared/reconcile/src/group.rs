//! One asset with its records, and the verdict on it.

use crate::asset::{AssetJudgement, judge_asset};
use crate::finding::{FindingJudgement, judge_finding};
use crate::rows::{Rows, outside, texts};
use crate::{Policy, Tally};
use causeway_domain::delivery::{AssetDelivery, FindingDelivery};
use causeway_domain::plan::{Rule, Verdict, VerdictRecord};
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingKey, FindingStatus};
use causeway_ledger::{LedgerRecord, StagedRecord};
use causeway_mutants::Mutant;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The records of one asset in the run and the ledger. Findings are in key order, each key once.
#[derive(Debug)]
pub struct Group<'a> {
    /// Asset id.
    pub asset: &'a str,
    /// The asset's own record.
    pub own: Entry<'a>,
    /// Its findings.
    pub findings: Vec<(&'a str, Entry<'a>)>,
    /// Its last delivery was refused, so it is sent whatever changed.
    pub refused_before: bool,
}

/// One record in this run, in the ledger, or in both.
#[derive(Debug, Default)]
pub struct Entry<'a> {
    /// The record in this run.
    pub seen: Option<Seen<'a>>,
    /// The record in the ledger.
    pub known: Option<LedgerRecord<'a>>,
    /// The result of the direct query for it.
    pub absence: Absence,
    /// Whether a record of this key, or of its asset, was rejected in this run (I-7).
    pub rejected: bool,
}

/// A record this run saw.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The record.
    pub record: StagedRecord<'a>,
    /// Whether only a direct query returned it.
    pub when_asked: bool,
}

/// The result of the direct query for a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Absence {
    /// Not queried, or the answer proves nothing.
    #[default]
    NotConfirmed,
    /// The trusted answer to query `.0` lacks it.
    Confirmed(u32),
}

/// The decision on one asset.
#[derive(Debug)]
pub struct Judged<'a> {
    /// Verdicts that are not *unchanged*, the asset's own first.
    pub verdicts: Vec<VerdictRecord>,
    /// The lines of the next ledger, in key order.
    pub ledger: Vec<LedgerRecord<'a>>,
    /// The asset with all its findings, or alone as the receiver takes it, if anything of it must be sent.
    pub delivery: Option<AssetDelivery<'a>>,
}

/// A finding after its verdict.
#[derive(Debug)]
pub(crate) struct JudgedFinding<'a> {
    /// Its next ledger line.
    pub next: LedgerRecord<'a>,
    /// The verdict.
    pub judgement: FindingJudgement<'a>,
}

/// Body of an asset that the vendor named only through its findings.
fn minimal_body(asset: &str) -> Option<Box<serde_json::value::RawValue>> {
    let text = serde_json::json!({ "externalId": asset }).to_string();
    serde_json::value::RawValue::from_string(text).ok()
}

/// Decides one asset and counts it in `tally`. `arena` holds generated text.
pub fn judge<'a>(policy: &Policy, group: Group<'a>, tally: &mut Tally, arena: &'a mut Arena) -> Judged<'a> {
    let Group { asset, mut own, mut findings, refused_before } = group;
    if unasked_for(policy, &own) {
        own.seen = None;
    }
    // Wherever it is: the vendor has the asset then.
    let named = findings.iter().any(|(_, entry)| entry.seen.is_some());
    let rows = Rows::of(policy, findings.iter().map(|(_, entry)| entry));
    findings.retain(|(_, entry)| !unasked_for(policy, entry));
    let split = split_rows(&findings);
    findings.retain(|(_, entry)| !stands_for_known(entry, &split));
    if own.seen.is_none() && own.known.is_none() {
        if findings.is_empty() {
            return Judged { verdicts: Vec::new(), ledger: Vec::new(), delivery: None };
        }
        arena.minimal = minimal_body(asset);
    }
    let mut own_judgement =
        judge_asset(policy, asset, own, (named, refused_before), arena.minimal.as_deref());
    let mut verdicts = Vec::new();
    let mut judged = Vec::with_capacity(findings.len());
    let asset_rejected = own_judgement.as_ref().is_some_and(|own| own.rejected);
    let mut send = own_judgement.as_ref().is_some_and(|own| own.send);
    for (finding, mut entry) in findings {
        entry.rejected |= asset_rejected;
        let row = rows.seen(entry.known.as_ref().and_then(|known| known.vendor_key));
        let Some(done) = judge_finding(policy, asset, finding, entry, (row, refused_before)) else {
            continue;
        };
        tally.add_finding(policy, &done);
        let JudgedFinding { judgement, .. } = &done;
        send |= judgement.send && policy.sends_findings();
        let FindingJudgement { verdict, rule, missing, confirmed_by, .. } = *judgement;
        verdicts.extend(verdict_record(
            asset,
            finding,
            verdict,
            rule,
            judgement.before.as_ref(),
            missing,
            confirmed_by,
        ));
        judged.push(done);
    }
    if let Some(own) = &mut own_judgement {
        let open = judged.iter().any(|done| done.next.status == FindingStatus::Open);
        if own.rule == Rule::AssetUnknown && !open {
            // Nothing is withheld: findings that were closed before they were ever sent need no attention.
            own.rule = Rule::AssetKept;
        }
        tally.add_asset(own);
        let before = own.before.as_ref();
        let own = verdict_record(asset, "", own.verdict, own.rule, before, own.missing, own.confirmed_by);
        verdicts.splice(0..0, own);
    }
    let with_findings = policy.sends_findings() || Mutant::SendsFindingsToAssetsAlone.on();
    let known = own_judgement.as_ref().filter(|own| send && !own.is_unknown());
    let delivery = known.map(|own| delivery(own, if with_findings { &judged } else { &[] }));
    tally.sent_assets += u64::from(delivery.is_some());
    let next = own_judgement.into_iter().map(|own| own.next).chain(judged.into_iter().map(|f| f.next));
    let ledger = next.collect();
    Judged { verdicts, ledger, delivery }
}

/// Whether the answer to a query for other records contained this one, from outside the scope.
fn unasked_for(policy: &Policy, entry: &Entry<'_>) -> bool {
    entry.known.is_none() && entry.seen.as_ref().is_some_and(|seen| outside(policy, seen))
}

/// Keys of the rows that open findings are known of, or that made findings in this run, if there is a row whose list could not
/// be read at all.
fn split_rows(findings: &[(&str, Entry<'_>)]) -> BTreeSet<Vec<String>> {
    let stands_in = |(_, entry): &(&str, Entry<'_>)| entry.seen.as_ref().is_some_and(nothing_read);
    if !findings.iter().any(stands_in) {
        return BTreeSet::new();
    }
    let known = findings.iter().filter_map(|(_, entry)| entry.known.as_ref());
    let open = known.filter(|known| known.status == FindingStatus::Open).map(|known| known.vendor_key);
    let seen = findings.iter().filter_map(|(_, entry)| entry.seen.as_ref());
    let read = seen.filter(|seen| !nothing_read(seen)).map(|seen| seen.record.vendor_key);
    open.chain(read).filter_map(texts).collect()
}

/// Whether the record only stands for a row of which open findings are known: the row's list could not be read, and that
/// makes no other finding of it (I-7).
fn stands_for_known(entry: &Entry<'_>, split: &BTreeSet<Vec<String>>) -> bool {
    let stands_in = entry.seen.as_ref().filter(|seen| entry.known.is_none() && nothing_read(seen));
    let key = stands_in.and_then(|seen| texts(seen.record.vendor_key));
    key.is_some_and(|key| split.contains(&key))
}

fn nothing_read(seen: &Seen<'_>) -> bool {
    seen.record.parts_read == PartsRead::None
}

/// Holds the body that was made for an asset without one.
#[derive(Debug, Default)]
pub struct Arena {
    minimal: Option<Box<serde_json::value::RawValue>>,
}

fn verdict_record(
    asset: &str,
    finding: &str,
    verdict: Verdict,
    rule: Rule,
    last_seen: Option<&causeway_domain::RunId>,
    missing: u32,
    confirmed_by: Option<u32>,
) -> Option<VerdictRecord> {
    (verdict != Verdict::Unchanged).then(|| VerdictRecord {
        key: FindingKey { asset: asset.to_owned(), finding: finding.to_owned() },
        verdict,
        rule,
        last_seen: last_seen.cloned(),
        missing,
        confirmed_by,
    })
}

fn delivery<'a>(own: &AssetJudgement<'a>, findings: &[JudgedFinding<'a>]) -> AssetDelivery<'a> {
    let of_finding = |done: &JudgedFinding<'a>| {
        let next = &done.next;
        let closed = next.status != FindingStatus::Open;
        FindingDelivery {
            finding: next.finding.clone(),
            verdict: done.judgement.verdict,
            status: next.status,
            fixed_on: if closed { next.fixed_on.clone() } else { None },
            body: next.body,
        }
    };
    let sent = |done: &&JudgedFinding<'a>| {
        done.judgement.verdict != Verdict::Unchanged || !Mutant::SendsHalfAnAsset.on()
    };
    AssetDelivery {
        asset: Cow::clone(&own.next.asset),
        verdict: own.verdict,
        body: own.next.body,
        findings: findings.iter().filter(sent).map(of_finding).collect(),
    }
}
