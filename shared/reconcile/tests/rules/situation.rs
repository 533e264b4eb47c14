//! A whole run as tables, and what the real code makes of it.

use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingKey, FindingStatus, RunId, Scope, VendorKey};
use causeway_ledger::{LedgerRecord, StagedRecord};
use causeway_reconcile::{Absence, Arena, Entry, Group, Policy, Seen, Tally, judge};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Hash of an asset's own line when only its findings are known.
pub(crate) const MINIMAL: &str = "minimal";

/// What one run and the ledger know.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) policy: Policy,
    pub(crate) seen: BTreeMap<FindingKey, Row>,
    pub(crate) ledger: BTreeMap<FindingKey, Line>,
    /// Questions answered trustworthily without the record.
    pub(crate) absent: BTreeMap<FindingKey, u32>,
    pub(crate) rejected: BTreeSet<FindingKey>,
    pub(crate) refused: BTreeSet<String>,
}

/// A record of this run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) scope: Scope<'static>,
    pub(crate) value: u8,
    pub(crate) when_asked: bool,
    /// Which of the asset's rows it was made of.
    pub(crate) row: u8,
    pub(crate) parts_read: PartsRead,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) closed_by: Option<ClosedBy>,
    pub(crate) scope: Scope<'static>,
    pub(crate) hash: String,
    pub(crate) body: String,
    pub(crate) first_seen: RunId,
    pub(crate) last_seen: RunId,
    pub(crate) missing: u32,
    /// `None` in a ledger from before it was kept.
    pub(crate) row: Option<u8>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Results {
    /// Verdict, rule and confirming question of everything that is not unchanged.
    pub(crate) verdicts: BTreeMap<FindingKey, (Verdict, Rule, Option<u32>)>,
    pub(crate) ledger: BTreeMap<FindingKey, Line>,
    /// Per asset sent: its findings with status and date.
    pub(crate) sent: BTreeMap<String, BTreeMap<String, (FindingStatus, Option<String>)>>,
}

impl Row {
    /// As the sources do: over status, date and body.
    pub(crate) fn hash(&self) -> String {
        format!("{:?}/{:?}/{}", self.status, self.fixed_on, self.value)
    }

    pub(crate) fn body(&self) -> String {
        format!("{{\"value\":{}}}", self.value)
    }
}

impl Situation {
    /// All assets that the run or the ledger know.
    pub(crate) fn assets(&self) -> BTreeSet<String> {
        self.seen.keys().chain(self.ledger.keys()).map(|key| key.asset.clone()).collect()
    }

    /// Judges the assets in the given order.
    pub(crate) fn judge<'o>(&self, order: impl IntoIterator<Item = &'o String>) -> (Results, Tally) {
        let (mut results, mut tally) = (Results::default(), Tally::default());
        for asset in order {
            self.judge_asset(asset, &mut results, &mut tally);
        }
        (results, tally)
    }

    pub(crate) fn judge_all(&self) -> (Results, Tally) {
        self.judge(&self.assets())
    }

    fn judge_asset(&self, asset: &str, results: &mut Results, tally: &mut Tally) {
        let keys: BTreeSet<&FindingKey> =
            self.seen.keys().chain(self.ledger.keys()).filter(|key| key.asset == asset).collect();
        let texts: BTreeMap<&FindingKey, (String, String)> =
            keys.iter().map(|key| (*key, self.lines(key))).collect();
        let mut own = Entry { rejected: self.rejected.contains(&key(asset, "")), ..Entry::default() };
        let mut findings = Vec::new();
        for (key, (staged, known)) in &texts {
            let entry = self.entry(key, staged, known);
            if key.finding.is_empty() {
                own = entry;
            } else {
                findings.push((key.finding.as_str(), entry));
            }
        }
        let mut arena = Arena::default();
        let group = Group { asset, own, findings, refused_before: self.refused.contains(asset) };
        let judged = judge(&self.policy, group, tally, &mut arena);
        for verdict in judged.verdicts {
            let what = (verdict.verdict, verdict.rule, verdict.confirmed_by);
            assert_eq!(results.verdicts.insert(verdict.key, what), None, "one verdict a key");
        }
        let mut last: Option<FindingKey> = None;
        for record in &judged.ledger {
            let key = key(&record.asset, &record.finding);
            assert!(last.as_ref() < Some(&key), "the ledger is in key order");
            last = Some(key.clone());
            results.ledger.insert(key, Line::of(record));
        }
        if let Some(delivery) = judged.delivery {
            let findings = delivery.findings.iter();
            let sent = findings
                .map(|f| (f.finding.to_string(), (f.status, f.fixed_on.as_deref().map(str::to_owned))));
            results.sent.insert(delivery.asset.to_string(), sent.collect());
        }
    }

    /// Both sides of a key as they lie in the store.
    fn lines(&self, key: &FindingKey) -> (String, String) {
        let staged = self.seen.get(key).map(|row| serde_json::to_string(&row.staged(key, &raw(&row.body()))));
        let known =
            self.ledger.get(key).map(|line| serde_json::to_string(&line.record(key, &raw(&line.body))));
        (staged.transpose().unwrap().unwrap_or_default(), known.transpose().unwrap().unwrap_or_default())
    }

    fn entry<'a>(&self, key: &FindingKey, staged: &'a str, known: &'a str) -> Entry<'a> {
        let when_asked = self.seen.get(key).is_some_and(|row| row.when_asked);
        let parse = |text: &'a str| serde_json::from_str::<StagedRecord<'a>>(text).unwrap();
        Entry {
            seen: (!staged.is_empty()).then(|| Seen { record: parse(staged), when_asked }),
            known: (!known.is_empty()).then(|| serde_json::from_str(known).unwrap()),
            absence: self.absent.get(key).map_or(Absence::NotConfirmed, |n| Absence::Confirmed(*n)),
            rejected: self.rejected.contains(key),
        }
    }
}

impl Row {
    fn staged<'a>(&'a self, key: &'a FindingKey, body: &'a RawValue) -> StagedRecord<'a> {
        StagedRecord {
            asset: Cow::Borrowed(&key.asset),
            finding: Cow::Borrowed(&key.finding),
            part: 0,
            status: self.status,
            fixed_on: self.fixed_on.as_deref().map(Cow::Borrowed),
            scope: self.scope.clone(),
            vendor_key: Some(vendor_key(self.row)),
            parts_read: self.parts_read,
            hash: Cow::Owned(self.hash()),
            body,
        }
    }
}

impl Line {
    fn of(record: &LedgerRecord<'_>) -> Self {
        Self {
            status: record.status,
            fixed_on: record.fixed_on.as_deref().map(str::to_owned),
            closed_by: record.closed_by,
            scope: record.scope.clone().into_owned(),
            hash: record.hash.to_string(),
            body: record.body.get().to_owned(),
            first_seen: record.first_seen.clone(),
            last_seen: record.last_seen.clone(),
            missing: record.missing,
            row: record.vendor_key.and_then(|key| VendorKey::read(key).ok()?.texts().get(1)?.parse().ok()),
        }
    }

    fn record<'a>(&'a self, key: &'a FindingKey, body: &'a RawValue) -> LedgerRecord<'a> {
        LedgerRecord {
            asset: Cow::Borrowed(&key.asset),
            finding: Cow::Borrowed(&key.finding),
            status: self.status,
            fixed_on: self.fixed_on.as_deref().map(Cow::Borrowed),
            closed_by: self.closed_by,
            scope: self.scope.clone(),
            vendor_key: self.row.map(vendor_key),
            hash: Cow::Borrowed(&self.hash),
            first_seen: self.first_seen.clone(),
            last_seen: self.last_seen.clone(),
            missing: self.missing,
            body,
        }
    }
}

/// Rows are few, and their keys outlive the records that borrow them.
fn vendor_key(row: u8) -> &'static RawValue {
    static KEYS: LazyLock<Vec<Box<RawValue>>> =
        LazyLock::new(|| (0..=u8::MAX).map(|row| raw(&format!("[\"a\",\"{row}\"]"))).collect());
    &KEYS[usize::from(row)]
}

pub(crate) fn key(asset: &str, finding: &str) -> FindingKey {
    FindingKey { asset: asset.to_owned(), finding: finding.to_owned() }
}

pub(crate) fn run(number: u32) -> RunId {
    RunId::parse(&format!("20260101T000000Z-{number:08x}")).unwrap()
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}
