//! What must hold of every situation, whatever the rules are in detail.

use crate::model::in_scope;
use crate::situation::{Results, Situation};
use crate::strategy::{STARTED_AT, closing, rows, situations};
use causeway_domain::FindingStatus;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_reconcile::{Proof, ScopeFilter, guards};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// I-6: the second of two equal runs changes nothing and sends nothing.
    #[test]
    fn the_same_again_changes_nothing(seen in rows()) {
        let first = Situation {
            policy: closing(),
            seen,
            ledger: BTreeMap::new(),
            absent: BTreeMap::new(),
            rejected: BTreeSet::new(),
            refused: BTreeSet::new(),
        };
        let (one, _) = first.judge_all();
        let mut second = Situation { ledger: one.ledger.clone(), ..first };
        second.policy.run = crate::situation::run(10);
        second.policy.started_at = "2026-03-02T00:00:00Z".to_owned();
        let (two, tally) = second.judge_all();
        prop_assert_eq!(two.verdicts, BTreeMap::new());
        prop_assert_eq!(two.sent, BTreeMap::new());
        prop_assert_eq!(undated(&two.ledger), undated(&one.ledger));
        prop_assert_eq!(guards(&second.policy, &Default::default(), &tally), vec![]);
    }

    /// I-6: neither the order of the assets nor who judges them matters.
    #[test]
    fn order_does_not_matter(situation in situations()) {
        let mut backwards: Vec<String> = situation.assets().into_iter().collect();
        backwards.reverse();
        prop_assert_eq!(situation.judge_all(), situation.judge(&backwards));
    }

    /// I-1, I-7: absence closes only when everything that could speak against it is silent.
    #[test]
    fn nothing_is_closed_by_absence_without_every_proof(situation in situations()) {
        let (results, _) = situation.judge_all();
        for (key, (verdict, rule, question)) in &results.verdicts {
            let own = key.finding.is_empty();
            if *verdict != if own { Verdict::Gone } else { Verdict::Fixed } {
                prop_assert_eq!(*question, None);
                continue;
            }
            let policy = &situation.policy;
            let missing = if own { policy.missing_assets } else { policy.missing_findings };
            let known = &situation.ledger[key];
            let asset = crate::situation::key(&key.asset, "");
            prop_assert!(policy.complete && (own || policy.findings_read));
            prop_assert!(!missing.preserve && !policy.scope_blocked);
            prop_assert!(!situation.rejected.contains(key) && !situation.rejected.contains(&asset));
            prop_assert!(in_scope(policy, &known.scope));
            prop_assert!(known.status == FindingStatus::Open && known.missing + 1 >= missing.after);
            prop_assert!(!situation.seen.contains_key(key));
            let row = |(of, row): (&causeway_domain::FindingKey, &crate::situation::Row)| {
                let same = own || known.row == Some(row.row);
                of.asset == key.asset && !of.finding.is_empty() && same
            };
            let there = situation.seen.iter().any(row);
            prop_assert_eq!(there, *rule == Rule::PartWithdrawn, "a row that is there is not absent");
            prop_assert!(!there || !own, "an asset with findings is not gone");
            prop_assert_eq!(question.is_some(), *rule == Rule::AbsenceConfirmed);
            match missing.proof {
                _ if there => {}
                Proof::Runs(runs) => prop_assert!(runs.is_some_and(|runs| known.missing + 1 >= runs)),
                Proof::Answer => {
                    prop_assert_eq!(situation.absent.get(key).copied(), *question);
                    prop_assert!(question.is_some() && known.row.is_some(), "asked for, by the vendor's key");
                }
            }
            prop_assert_eq!(results.ledger[key].fixed_on.as_deref(), Some(STARTED_AT));
        }
    }

    /// I-1: a narrower filter closes nothing that a wider one would have kept, and only less.
    #[test]
    fn narrowing_the_scope_never_closes_more(situation in situations(), retired in any::<bool>()) {
        let wide = Situation { policy: closing(), ..situation };
        let mut narrow = wide.clone();
        narrow.policy.scope = ScopeFilter { categories: ["OT".to_owned()].into(), retired: Some(retired) };
        let outside = |key: &_| !in_scope(&narrow.policy, &narrow.ledger[key].scope);
        let (wide, narrowed) = (closed(&wide.judge_all().0), closed(&narrow.judge_all().0));
        prop_assert!(narrowed.is_subset(&wide));
        prop_assert!(!narrowed.iter().any(outside));
    }

    /// Whether a push replaces or adds is not established: all findings or none.
    #[test]
    fn a_sent_asset_carries_all_its_findings(situation in situations()) {
        let (results, _) = situation.judge_all();
        for (asset, sent) in &results.sent {
            let known: BTreeSet<&String> =
                results.ledger.keys().filter(|k| &k.asset == asset && !k.finding.is_empty()).map(|k| &k.finding).collect();
            prop_assert_eq!(sent.keys().collect::<BTreeSet<_>>(), known);
        }
    }

    /// The ledger forgets nothing, and open or closed is never half said.
    #[test]
    fn every_line_is_consistent_and_none_is_lost(situation in situations()) {
        let (results, _) = situation.judge_all();
        prop_assert!(situation.ledger.keys().all(|key| results.ledger.contains_key(key)));
        let lines = results.ledger.values().map(|line| (line.status, &line.fixed_on));
        let sent = results.sent.values().flat_map(BTreeMap::values).map(|(status, date)| (*status, date));
        for (status, fixed_on) in lines.chain(sent) {
            prop_assert_eq!(status == FindingStatus::Open, fixed_on.is_none());
        }
        for (key, line) in &results.ledger {
            let closed = if key.finding.is_empty() { FindingStatus::Gone } else { FindingStatus::Fixed };
            prop_assert_eq!(line.fixed_on.is_some(), line.closed_by.is_some());
            prop_assert!(line.closed_by != Some(ClosedBy::Absence) || line.status == closed);
        }
    }

    /// A vendor's date is passed on as it is; without one the day it was noticed stays.
    #[test]
    fn a_finding_closed_by_the_vendor_keeps_its_date(situation in situations()) {
        let (results, _) = situation.judge_all();
        for (key, row) in situation.seen.iter().filter(|(_, row)| row.status != FindingStatus::Open) {
            let Some(line) = results.ledger.get(key).filter(|line| line.last_seen == situation.policy.run) else { continue };
            let known = situation.ledger.get(key).filter(|line| line.closed_by == Some(ClosedBy::Vendor));
            let expected = row.fixed_on.clone().or(known.and_then(|line| line.fixed_on.clone()));
            prop_assert_eq!(line.fixed_on.as_deref(), Some(expected.as_deref().unwrap_or(STARTED_AT)));
        }
    }

    /// What was closed and is seen open is reopened, whoever closed it.
    #[test]
    fn what_is_seen_open_again_is_reopened(situation in situations()) {
        let (results, _) = situation.judge_all();
        for (key, row) in situation.seen.iter().filter(|(key, row)| !key.finding.is_empty() && row.status == FindingStatus::Open) {
            let was_closed = situation.ledger.get(key).is_some_and(|line| line.status != FindingStatus::Open);
            if was_closed && in_scope(&situation.policy, &row.scope) {
                prop_assert_eq!(results.verdicts[key].0, Verdict::Reopened);
                let unknown = results.ledger[&crate::situation::key(&key.asset, "")].hash == crate::situation::MINIMAL;
                prop_assert_eq!(results.sent.contains_key(&key.asset), !unknown);
            }
        }
    }
}

fn closed(results: &Results) -> BTreeSet<causeway_domain::FindingKey> {
    let closed = |verdict: &Verdict| matches!(verdict, Verdict::Fixed | Verdict::Gone);
    let fixed = results.verdicts.iter().filter(|(_, (verdict, ..))| closed(verdict));
    fixed.map(|(key, _)| key.clone()).collect()
}

/// A ledger but for the run that last saw its lines.
fn undated(
    ledger: &BTreeMap<causeway_domain::FindingKey, crate::situation::Line>,
) -> BTreeMap<causeway_domain::FindingKey, crate::situation::Line> {
    let mut ledger = ledger.clone();
    ledger.values_mut().for_each(|line| line.last_seen = crate::situation::run(0));
    ledger
}
