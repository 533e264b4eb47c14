//! Every verdict with the rule behind it, one line each, as documentation.

use crate::situation::{Line, Row, Situation, key, run};
use crate::strategy::closing;
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingStatus, Scope};
use causeway_reconcile::Proof;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

#[derive(Clone, Copy, PartialEq)]
enum Known {
    No,
    Open,
    FixedByAbsence,
    FixedByVendor,
    Irrelevant,
}

#[derive(Clone, Copy, PartialEq)]
enum Found {
    No,
    Same,
    Other,
    Fixed,
    Irrelevant,
    Asked,
    AskedElsewhere,
}

/// What is special about the run, and how it is said.
type Special = (&'static str, fn(&mut Situation));

const SPECIALS: &[Special] = &[
    ("", |_| {}),
    ("findings not read", |s| s.policy.findings_read = false),
    ("outside the scope", |s| s.policy.scope.categories = ["OT".to_owned()].into()),
    ("coverage not complete", |s| s.policy.complete = false),
    ("its record rejected", |s| s.rejected.extend([key("a", "v")])),
    ("its asset rejected", |s| s.rejected.extend([key("a", "")])),
    ("a record without key", |s| s.policy.scope_blocked = true),
    ("preserve missing", |s| s.policy.missing_findings.preserve = true),
    ("two misses wanted", |s| s.policy.missing_findings.after = 2),
    ("cannot be asked", |s| s.policy.missing_findings.proof = Proof::Runs(None)),
    ("unasked, one miss", |s| s.policy.missing_findings.proof = Proof::Runs(Some(1))),
    ("absence not confirmed", |s| s.absent.clear()),
    ("delta not retained", |s| s.policy.retain_delta = false),
    ("vendor key unknown", |s| s.ledger.values_mut().for_each(|line| line.row = None)),
    ("row seen, list read", |s| another_part(s, PartsRead::All)),
    ("row seen, list not read", |s| another_part(s, PartsRead::Some)),
    ("list unread, outside", |s| {
        another_part(s, PartsRead::All);
        s.policy.scope.categories = ["IT".to_owned()].into();
        if let Some(row) = s.seen.get(&key("a", "w")).cloned() {
            let scope = Scope { category: Some("OT".into()), ..row.scope.clone() };
            s.seen.insert(key("a", "x"), Row { scope, when_asked: true, parts_read: PartsRead::Some, ..row });
        }
    }),
    ("row seen, CVEs kept open", |s| {
        another_part(s, PartsRead::All);
        s.policy.fix_withdrawn = false;
    }),
    ("refused before", |s| s.refused.extend(["a".to_owned()])),
];

/// The row is there with another finding, in place of an open one.
fn another_part(s: &mut Situation, parts_read: PartsRead) {
    let open = s.ledger.get(&key("a", "v")).is_some_and(|line| line.status == FindingStatus::Open);
    if !open || s.seen.contains_key(&key("a", "v")) {
        return;
    }
    let own = s.seen.get(&key("a", "")).cloned().unwrap();
    let line = line(&own, None);
    s.seen.insert(key("a", "w"), Row { parts_read, ..own });
    s.ledger.insert(key("a", "w"), line);
}

fn situation(known: Known, found: Found) -> Situation {
    let scope = Scope { category: Some("IT".into()), site: Some("North".into()), retired: Some(false) };
    let row = |status, value| Row {
        status,
        fixed_on: None,
        scope: scope.clone(),
        value,
        when_asked: false,
        row: 1,
        parts_read: PartsRead::All,
    };
    let open = row(FindingStatus::Open, 0);
    let (mut seen, mut ledger) = (BTreeMap::new(), BTreeMap::new());
    seen.insert(key("a", ""), open.clone());
    ledger.insert(key("a", ""), line(&open, None));
    let fixed = row(FindingStatus::Fixed, 0);
    let irrelevant = row(FindingStatus::Irrelevant, 0);
    let before = match known {
        Known::No => None,
        Known::Open => Some(line(&open, None)),
        Known::FixedByAbsence => Some(Line { hash: open.hash(), ..line(&fixed, Some(ClosedBy::Absence)) }),
        Known::FixedByVendor => Some(line(&fixed, Some(ClosedBy::Vendor))),
        Known::Irrelevant => Some(line(&irrelevant, Some(ClosedBy::Vendor))),
    };
    ledger.extend(before.map(|line| (key("a", "v"), line)));
    let now = match found {
        Found::No => None,
        Found::Same => Some(open),
        Found::Other => Some(row(FindingStatus::Open, 1)),
        Found::Fixed => Some(fixed),
        Found::Irrelevant => Some(irrelevant),
        Found::Asked => Some(Row { when_asked: true, ..open }),
        Found::AskedElsewhere => {
            let scope = Scope { retired: Some(true), ..scope.clone() };
            Some(Row { when_asked: true, scope, ..open })
        }
    };
    seen.extend(now.map(|row| (key("a", "v"), row)));
    let mut policy = closing();
    policy.scope.retired = Some(false);
    let absent = BTreeMap::from([(key("a", "v"), 0)]);
    Situation { policy, seen, ledger, absent, rejected: BTreeSet::new(), refused: BTreeSet::new() }
}

fn line(row: &Row, closed_by: Option<ClosedBy>) -> Line {
    Line {
        status: row.status,
        fixed_on: closed_by.map(|_| "2026-01-01T00:00:00Z".to_owned()),
        closed_by,
        scope: row.scope.clone(),
        hash: row.hash(),
        body: row.body(),
        first_seen: run(1),
        last_seen: run(2),
        missing: 0,
        row: Some(row.row),
    }
}

const KNOWN: &[(&str, Known)] = &[
    ("not known", Known::No),
    ("open", Known::Open),
    ("fixed, was absent", Known::FixedByAbsence),
    ("fixed by vendor", Known::FixedByVendor),
    ("irrelevant", Known::Irrelevant),
];

const FOUND: &[(&str, Found)] = &[
    ("open, same content", Found::Same),
    ("open, other content", Found::Other),
    ("fixed", Found::Fixed),
    ("irrelevant", Found::Irrelevant),
    ("only when asked", Found::Asked),
    ("asked, out of scope", Found::AskedElsewhere),
    ("missing", Found::No),
];

#[test]
fn every_verdict_has_its_rule() {
    let mut text = String::new();
    row(&mut text, ["in the ledger", "in this run", "special", "verdict", "rule", "then", "since", "sent"]);
    for (known_text, known) in KNOWN {
        for (found_text, found) in FOUND {
            let usual = outcome(&situation(*known, *found));
            for (special, apply) in SPECIALS {
                let mut situation = situation(*known, *found);
                apply(&mut situation);
                let outcome = outcome(&situation);
                // Only what a special case changes is worth a line.
                if special.is_empty() || outcome != usual {
                    let [verdict, rule, then, since, sent] = &outcome;
                    row(&mut text, [known_text, found_text, special, verdict, rule, then, since, sent]);
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}

fn outcome(situation: &Situation) -> [String; 5] {
    let (results, tally) = situation.judge_all();
    let (key, none) = (key("a", "v"), || "-".to_owned());
    let verdict = results.verdicts.get(&key).map(|(verdict, ..)| *verdict);
    let verdict = verdict.or_else(|| tally.findings.verdicts.keys().next().copied());
    let rule = results.verdicts.get(&key).map(|(_, rule, _)| *rule);
    let rule = rule.or_else(|| tally.findings.rules.keys().next().copied());
    let rule = rule.map_or_else(none, |rule| format!("{rule:?}"));
    let line = results.ledger.get(&key);
    let since =
        line.and_then(|line| line.fixed_on.as_deref()).map_or_else(none, |date| date[..10].to_owned());
    [
        verdict.map_or_else(none, |verdict| verdict.to_string()),
        rule,
        line.map_or_else(none, |line| format!("{:?}", line.status)),
        since,
        if results.sent.is_empty() { none() } else { "sent".to_owned() },
    ]
}

fn row(text: &mut String, cells: [&str; 8]) {
    let widths = [18, 20, 22, 16, 18, 11, 11, 4];
    let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    writeln!(text, "{}", cells.join("| ").trim_end()).unwrap();
}
