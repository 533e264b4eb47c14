//! Situations to try: few names, so that everything meets everything.

use crate::situation::{Line, MINIMAL, Row, Situation, key, run};
use causeway_domain::delivery::Takes;
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingKey, FindingStatus, Scope};
use causeway_reconcile::{MissingPolicy, Policy, Proof, ScopeFilter};
use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(crate) const STARTED_AT: &str = "2026-03-01T00:00:00Z";
const EARLIER: &str = "2026-01-01T00:00:00Z";

/// Anything that can happen.
pub(crate) fn situations() -> impl Strategy<Value = Situation> {
    let refused = btree_set(asset_id(), 0..2);
    let absent = btree_map(any_key(), 0_u32..9, 0..8);
    let rejected = btree_set(any_key(), 0..3);
    (policies(), rows(), ledgers(), absent, rejected, refused).prop_map(
        |(policy, seen, ledger, absent, rejected, refused)| Situation {
            policy,
            seen,
            ledger,
            absent,
            rejected,
            refused,
        },
    )
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let filter = (
        btree_set(prop_oneof![Just("OT".to_owned()), Just("IT".to_owned())], 0..2),
        option::of(any::<bool>()),
    );
    // Mostly permissive, else nothing would ever be closed.
    let mostly = |truth: bool| prop::bool::weighted(if truth { 0.8 } else { 0.2 });
    let switches = (mostly(false), mostly(true), mostly(true), mostly(true), mostly(false));
    let missing = (missing_policies(), missing_policies());
    (switches, missing, filter).prop_map(
        |(switches, (missing_findings, missing_assets), (categories, retired))| {
            let (fix_withdrawn, retain_delta, findings_read, complete, scope_blocked) = switches;
            Policy {
                run: run(9),
                started_at: STARTED_AT.to_owned(),
                missing_findings,
                missing_assets,
                retain_delta,
                findings_read,
                complete,
                scope_blocked,
                fix_withdrawn: !fix_withdrawn,
                scope: ScopeFilter { categories, retired },
                takes: Takes::AssetsWithFindings,
            }
        },
    )
}

fn missing_policies() -> impl Strategy<Value = MissingPolicy> {
    let proof = prop_oneof![4 => Just(Proof::Answer), 1 => option::of(2_u32..4).prop_map(Proof::Runs)];
    (prop::bool::weighted(0.2), 1_u32..4, proof).prop_map(|(preserve, after, proof)| MissingPolicy {
        preserve,
        after,
        proof,
    })
}

/// Missing once and confirmed absent is enough.
pub(crate) const AT_ONCE: MissingPolicy = MissingPolicy { preserve: false, after: 1, proof: Proof::Answer };

/// A policy that closes whatever is confirmed absent.
pub(crate) fn closing() -> Policy {
    Policy {
        run: run(9),
        started_at: STARTED_AT.to_owned(),
        missing_findings: AT_ONCE,
        missing_assets: AT_ONCE,
        retain_delta: true,
        findings_read: true,
        complete: true,
        scope_blocked: false,
        fix_withdrawn: true,
        scope: ScopeFilter::default(),
        takes: Takes::AssetsWithFindings,
    }
}

pub(crate) fn rows() -> impl Strategy<Value = std::collections::BTreeMap<FindingKey, Row>> {
    let made_of = (0_u8..3, parts_read());
    let row = (
        status(),
        option::of(Just(EARLIER.to_owned())),
        scopes(),
        0_u8..3,
        prop::bool::weighted(0.3),
        made_of,
    );
    btree_map(any_key(), row, 0..10).prop_map(|rows| {
        let of = |(key, (status, date, scope, value, asked, (row, parts_read))): (
            FindingKey,
            (FindingStatus, _, _, _, bool, _),
        )| {
            // No vendor closes an asset.
            let asset = key.finding.is_empty();
            let status = if asset { FindingStatus::Open } else { status };
            let row = Row { status, fixed_on: date, scope, value, when_asked: asked, row, parts_read };
            (key, row)
        };
        rows.into_iter().map(of).collect()
    })
}

/// A ledger has a line for every asset it has findings of.
fn ledgers() -> impl Strategy<Value = std::collections::BTreeMap<FindingKey, Line>> {
    let line = (rows(), prop::collection::vec((any::<bool>(), 0_u32..3, any::<bool>()), 10));
    line.prop_map(|(rows, details)| {
        let mut ledger: std::collections::BTreeMap<FindingKey, Line> = rows
            .into_iter()
            .zip(details)
            .map(|((key, row), (by_vendor, missing, minimal))| {
                let asset = key.finding.is_empty();
                let line = known(&row, by_vendor, missing, minimal && asset);
                let gone = asset && by_vendor && line.hash != MINIMAL;
                (key, if gone { gone_line(line) } else { line })
            })
            .collect();
        let assets: BTreeSet<String> = ledger.keys().map(|key| key.asset.clone()).collect();
        for asset in assets {
            ledger.entry(key(&asset, "")).or_insert_with(minimal_line);
        }
        ledger
    })
}

fn known(row: &Row, by_vendor: bool, missing: u32, minimal: bool) -> Line {
    if minimal {
        return minimal_line();
    }
    let closed = row.status != FindingStatus::Open;
    let by_vendor = by_vendor || row.status == FindingStatus::Irrelevant;
    Line {
        status: row.status,
        fixed_on: closed.then(|| EARLIER.to_owned()),
        closed_by: closed.then_some(if by_vendor { ClosedBy::Vendor } else { ClosedBy::Absence }),
        scope: row.scope.clone(),
        hash: row.hash(),
        body: row.body(),
        first_seen: run(1),
        last_seen: run(2),
        missing,
        row: (missing < 2).then_some(row.row),
    }
}

fn gone_line(line: Line) -> Line {
    Line {
        status: FindingStatus::Gone,
        fixed_on: Some(EARLIER.to_owned()),
        closed_by: Some(ClosedBy::Absence),
        ..line
    }
}

fn minimal_line() -> Line {
    Line {
        status: FindingStatus::Open,
        fixed_on: None,
        closed_by: None,
        scope: Scope::default(),
        hash: MINIMAL.to_owned(),
        body: "{}".to_owned(),
        first_seen: run(1),
        last_seen: run(1),
        missing: 0,
        row: None,
    }
}

fn parts_read() -> impl Strategy<Value = PartsRead> {
    prop_oneof![4 => Just(PartsRead::All), 1 => Just(PartsRead::Some), 1 => Just(PartsRead::None)]
}

fn asset_id() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("c".to_owned())]
}

fn any_key() -> impl Strategy<Value = FindingKey> {
    let finding = prop_oneof![1 => Just(""), 1 => Just("v1"), 1 => Just("v2"), 1 => Just("v2:CVE-1")];
    (asset_id(), finding).prop_map(|(asset, finding)| key(&asset, finding))
}

fn status() -> impl Strategy<Value = FindingStatus> {
    prop_oneof![3 => Just(FindingStatus::Open), 1 => Just(FindingStatus::Fixed), 1 => Just(FindingStatus::Irrelevant)]
}

fn scopes() -> impl Strategy<Value = Scope<'static>> {
    let text = |a: &'static str, b: &'static str| {
        option::of(
            prop_oneof![3 => Just(a.into()), 3 => Just(b.into()), 1 => Just("".into()), 1 => Just(" ".into())],
        )
    };
    (text("OT", "IT"), text("North", "South"), option::weighted(0.4, any::<bool>()))
        .prop_map(|(category, site, retired)| Scope { category, site, retired })
}
