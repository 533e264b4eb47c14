//! Every verdict on an asset that was known, with the rule behind it, one line each, as documentation.

use crate::situation::{Line, Row, Situation, key, run};
use crate::strategy::closing;
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingStatus, Scope};
use causeway_reconcile::Proof;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

type Special = (&'static str, fn(&mut Situation));

const SPECIALS: &[Special] = &[
    ("seen, same content", |s| see(s, "", row(0))),
    ("seen, other content", |s| see(s, "", row(1))),
    ("only when asked", |s| see(s, "", Row { when_asked: true, ..row(0) })),
    ("asked, out of scope", |s| {
        let scope = Scope { retired: Some(true), ..row(0).scope };
        see(s, "", Row { when_asked: true, scope, ..row(0) });
    }),
    ("missing", |_| {}),
    ("a finding of it seen", |s| see(s, "v", row(0))),
    ("outside the scope", |s| s.policy.scope.categories = ["OT".to_owned()].into()),
    ("coverage not complete", |s| s.policy.complete = false),
    ("its record rejected", |s| s.rejected.extend([key("a", "")])),
    ("a record without key", |s| s.policy.scope_blocked = true),
    ("preserve missing", |s| s.policy.missing_assets.preserve = true),
    ("two misses wanted", |s| s.policy.missing_assets.after = 2),
    ("absence not confirmed", |s| s.absent.clear()),
    ("vendor key unknown", |s| s.ledger.values_mut().for_each(|line| line.row = None)),
    ("cannot be asked", |s| s.policy.missing_assets.proof = Proof::Runs(None)),
    ("unasked, one miss of two", |s| s.policy.missing_assets.proof = Proof::Runs(Some(2))),
    ("unasked, one miss of one", |s| s.policy.missing_assets.proof = Proof::Runs(Some(1))),
    ("refused before", |s| s.refused.extend(["a".to_owned()])),
    ("delta not retained", |s| s.policy.retain_delta = false),
];

#[test]
fn every_verdict_on_a_known_asset_has_its_rule() {
    let mut text = String::new();
    line(&mut text, ["in the ledger", "in this run", "verdict", "rule", "then", "missed", "sent"]);
    for status in [FindingStatus::Open, FindingStatus::Gone] {
        for (special, apply) in SPECIALS {
            let mut situation = missing(status);
            apply(&mut situation);
            let known = format!("{status:?}").to_lowercase();
            let [verdict, rule, then, missed, sent] = &outcome(&situation);
            line(&mut text, [&known, special, verdict, rule, then, missed, sent]);
        }
    }
    insta::assert_snapshot!(text);
}

/// The asset is in the ledger, the run did not see it, and the vendor said that it does not have it.
fn missing(status: FindingStatus) -> Situation {
    let gone = status == FindingStatus::Gone;
    let known = row(0);
    let line = Line {
        status,
        fixed_on: gone.then(|| "2026-01-01T00:00:00Z".to_owned()),
        closed_by: gone.then_some(ClosedBy::Absence),
        hash: known.hash(),
        body: known.body(),
        scope: known.scope,
        first_seen: run(1),
        last_seen: run(2),
        missing: u32::from(gone),
        row: Some(1),
    };
    let mut policy = closing();
    policy.scope.retired = Some(false);
    let (ledger, absent) = (BTreeMap::from([(key("a", ""), line)]), BTreeMap::from([(key("a", ""), 0)]));
    Situation {
        policy,
        seen: BTreeMap::new(),
        ledger,
        absent,
        rejected: BTreeSet::new(),
        refused: BTreeSet::new(),
    }
}

fn row(value: u8) -> Row {
    Row {
        status: FindingStatus::Open,
        fixed_on: None,
        scope: Scope { category: Some("IT".into()), site: Some("North".into()), retired: Some(false) },
        value,
        when_asked: false,
        row: 1,
        parts_read: PartsRead::All,
    }
}

fn see(situation: &mut Situation, finding: &str, row: Row) {
    situation.seen.insert(key("a", finding), row);
}

fn outcome(situation: &Situation) -> [String; 5] {
    let (results, tally) = situation.judge_all();
    let own = key("a", "");
    let known = &results.ledger[&own];
    let verdict = tally.assets.verdicts.keys().next().map(ToString::to_string).unwrap_or_default();
    let rule = tally.assets.rules.keys().next().map(|rule| format!("{rule:?}")).unwrap_or_default();
    let sent = if results.sent.is_empty() { "-" } else { "sent" };
    [verdict, rule, format!("{:?}", known.status), known.missing.to_string(), sent.to_owned()]
}

fn line(text: &mut String, cells: [&str; 7]) {
    let widths = [13, 25, 13, 17, 6, 6, 4];
    let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    writeln!(text, "{}", cells.join("| ").trim_end()).unwrap();
}
