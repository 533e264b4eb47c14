//! Copying an asset's lines comes to what judging them comes to, and what is unchanged is copied.

use super::Copies;
use crate::lines::{AssetLines, EntryLines};
use crate::{Absence, Arena, MissingPolicy, Policy, Proof, ScopeFilter, Tally, judge, unchanged};
use bytes::Bytes;
use causeway_domain::delivery::Takes;
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingStatus, RunId, Scope};
use causeway_ledger::segment::push_line;
use causeway_ledger::{LedgerRecord, Line, StagedLine, StagedRecord};
use proptest::option;
use proptest::prelude::*;
use serde_json::value::RawValue;
use std::borrow::Cow;

const RUN: &str = "20260301T000000Z-00000009";
const BEFORE: &str = "20260201T000000Z-00000008";

/// Status, date and content of a record, and where it is.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    status: FindingStatus,
    date: Option<&'static str>,
    site: &'static str,
    content: &'static str,
}

/// A row of the ledger, by whom it was closed, and how often it was missed.
type Known = (Row, Option<ClosedBy>, u32);

/// Finding, as seen and whether only when asked, as known.
type Record = (&'static str, Option<(Row, bool)>, Option<Known>);

/// The day on which a run noticed that the vendor had closed a finding without a date; the hash is as without one.
const NOTICED: &str = "2026-02-01T00:00:00Z";

const OPEN: Row = Row { status: FindingStatus::Open, date: None, site: "North", content: "1" };
const FIXED: Row = Row { status: FindingStatus::Fixed, date: Some("2026-01-01T00:00:00Z"), ..OPEN };

const MISSING: MissingPolicy = MissingPolicy { preserve: false, after: 1, proof: Proof::Answer };

fn policy(retain_delta: bool, retired: Option<bool>) -> Policy {
    Policy {
        run: RunId::parse(RUN).unwrap(),
        started_at: "2026-03-01T00:00:00Z".to_owned(),
        missing_findings: MISSING,
        missing_assets: MISSING,
        retain_delta,
        findings_read: true,
        complete: true,
        scope_blocked: false,
        fix_withdrawn: true,
        scope: ScopeFilter { retired, ..ScopeFilter::default() },
        takes: Takes::AssetsWithFindings,
    }
}

fn line(record: &impl serde::Serialize) -> Line {
    let mut text = Vec::new();
    push_line(&mut text, record).unwrap();
    text.pop();
    Line::read(Bytes::from(text)).unwrap()
}

impl Row {
    fn scope(&self) -> Scope<'_> {
        Scope { category: None, site: Some(Cow::Borrowed(self.site)), retired: Some(self.site == "South") }
    }

    fn hash(&self) -> String {
        let date = self.date.filter(|date| *date != NOTICED);
        // Gone or not, the content is the vendor's.
        let (status, date) = match self.status {
            FindingStatus::Gone => (FindingStatus::Open, None),
            status => (status, date),
        };
        format!("{status:?}/{}/{}", date.unwrap_or_default(), self.content)
    }

    fn body(&self) -> Box<RawValue> {
        RawValue::from_string(format!("{{\"value\":{}}}", self.content)).unwrap()
    }

    fn seen(&self, finding: &str) -> Line {
        let (scope, hash, body) = (self.scope(), self.hash().into(), self.body());
        let (status, fixed_on) = (self.status, self.date.map(Cow::Borrowed));
        let (asset, finding): (Cow<'_, str>, Cow<'_, str>) = ("a".into(), finding.into());
        let vendor_key = raw(&format!("[\"a\",\"row of {finding}\"]"));
        line(&StagedRecord {
            asset,
            finding,
            part: 12,
            status,
            fixed_on,
            scope,
            vendor_key: Some(&vendor_key),
            parts_read: PartsRead::All,
            hash,
            body: &body,
        })
    }

    fn known(&self, finding: &str, closed_by: Option<ClosedBy>, missing: u32) -> Line {
        let (scope, hash, body) = (self.scope(), self.hash().into(), self.body());
        let (status, fixed_on) = (self.status, self.date.map(Cow::Borrowed));
        let first_seen = RunId::parse("20260101T000000Z-00000001").unwrap();
        let last_seen = RunId::parse(BEFORE).unwrap();
        let (asset, finding): (Cow<'_, str>, Cow<'_, str>) = ("a".into(), finding.into());
        let vendor_key = raw(&format!("[\"a\",\"row of {finding}\"]"));
        line(&LedgerRecord {
            asset,
            finding,
            status,
            fixed_on,
            closed_by,
            scope,
            vendor_key: Some(&vendor_key),
            hash,
            first_seen,
            last_seen,
            missing,
            body: &body,
        })
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn lines(records: &[Record], refused_before: bool) -> AssetLines {
    let entry = |(finding, seen, known): &Record| EntryLines {
        seen: seen
            .as_ref()
            .map(|(row, when_asked)| StagedLine { line: row.seen(finding), when_asked: *when_asked }),
        known: known.as_ref().map(|(row, by, missing)| row.known(finding, *by, *missing)),
        rejected: false,
        absence: Absence::NotConfirmed,
    };
    AssetLines { entries: records.iter().map(entry).collect(), refused_before }
}

/// Text of the next ledger and what was counted; `None` when the lines were not copied.
fn copied(policy: &Policy, lines: &AssetLines) -> Option<(Vec<u8>, Tally)> {
    let (mut copies, mut text, mut tally) = (Copies::new(policy), Vec::new(), Tally::default());
    let taken = copies.take(lines, &mut text);
    assert!(taken || text.is_empty(), "nothing is written of what is left to judge");
    copies.finish(&mut tally).unwrap();
    taken.then_some((text, tally))
}

fn judged(policy: &Policy, lines: &AssetLines) -> (Vec<u8>, Tally, bool) {
    let (mut tally, mut arena, mut text) = (Tally::default(), Arena::default(), Vec::new());
    let judged = judge(policy, lines.group().unwrap(), &mut tally, &mut arena);
    judged.ledger.iter().for_each(|record| push_line(&mut text, record).unwrap());
    (text, tally, judged.verdicts.is_empty() && judged.delivery.is_none())
}

fn row() -> impl Strategy<Value = Row> {
    let status = prop_oneof![
        3 => Just(FindingStatus::Open), 2 => Just(FindingStatus::Fixed), 1 => Just(FindingStatus::Irrelevant)
    ];
    let date = option::of(Just("2026-01-01T00:00:00Z"));
    let site = prop_oneof![3 => Just("North"), 1 => Just("South"), 1 => Just("a \"}\\{ b")];
    (status, date, site, prop_oneof![4 => Just("1"), 1 => Just("2")])
        .prop_map(|(status, date, site, content)| Row { status, date, site, content })
}

fn known() -> impl Strategy<Value = Known> {
    let by = prop_oneof![Just(ClosedBy::Vendor), Just(ClosedBy::Absence)];
    // A ledger has a date and who closed it with all that is closed.
    (row(), by, prop_oneof![4 => Just(0_u32), 1 => Just(3)]).prop_map(|(row, by, missing)| {
        let closed = row.status != FindingStatus::Open;
        let date = closed.then(|| row.date.unwrap_or(NOTICED));
        (Row { date, ..row }, closed.then_some(by), missing)
    })
}

fn record(finding: &'static str) -> impl Strategy<Value = Record> {
    let open = |mut row: Row| {
        if finding.is_empty() {
            (row.status, row.date) = (FindingStatus::Open, None);
        }
        row
    };
    let different = (option::of((row(), prop::bool::weighted(0.1))), option::of(known()));
    let same = known().prop_map(|(row, by, missing)| {
        let date = row.date.filter(|date| *date != NOTICED);
        (Some((Row { date, ..row.clone() }, false)), Some((row, by, missing)))
    });
    prop_oneof![1 => different.boxed(), 4 => same.boxed()].prop_map(move |(seen, known)| {
        let known = known.map(|(row, by, missing)| {
            if finding.is_empty() && row.status == FindingStatus::Fixed {
                return (Row { status: FindingStatus::Gone, ..row }, Some(ClosedBy::Absence), missing);
            }
            let row = open(row);
            let by = by.filter(|_| row.status != FindingStatus::Open);
            (row, by, missing)
        });
        (finding, seen.map(|(row, asked)| (open(row), asked && !finding.is_empty())), known)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_copied_is_what_judging_writes(
        own in record(""), first in record("v1"), second in record("v2:CVE-1"),
        (retain, refused) in (prop::bool::weighted(0.9), prop::bool::weighted(0.1)),
        retired in option::of(any::<bool>()),
    ) {
        let policy = policy(retain, retired);
        let records: Vec<Record> =
            [own, first, second].into_iter().filter(|(_, seen, known)| seen.is_some() || known.is_some()).collect();
        let lines = lines(&records, refused);
        if let Some((text, tally)) = copied(&policy, &lines) {
            let (expected, counted, quiet) = judged(&policy, &lines);
            prop_assert_eq!(String::from_utf8(text).unwrap(), String::from_utf8(expected).unwrap());
            prop_assert_eq!(tally, counted);
            prop_assert!(quiet, "nothing is sent or told of what did not change");
        }
    }
}

#[test]
fn what_did_not_change_is_copied_and_what_did_is_not() {
    let (undated, noticed) = (Row { date: None, ..FIXED }, Row { date: Some(NOTICED), ..FIXED });
    let vendor = Some(ClosedBy::Vendor);
    let seen = |row: &Row| Some((row.clone(), false));
    let own: Record = ("", seen(&OPEN), Some((OPEN, None, 0)));
    let unchanged: [Record; 5] = [
        ("v1", seen(&undated), Some((noticed, vendor, 0))),
        ("v1", seen(&OPEN), Some((OPEN, None, 0))),
        ("v1", seen(&FIXED), Some((FIXED, vendor, 0))),
        ("v1", None, Some((FIXED, Some(ClosedBy::Absence), 2))),
        ("v1", None, Some((FIXED, vendor, 0))),
    ];
    let policy = policy(true, None);
    for record in unchanged {
        let lines = lines(&[own.clone(), record.clone()], false);
        let (text, _) = copied(&policy, &lines).unwrap_or_else(|| panic!("{record:?} is not copied"));
        assert_eq!(text, judged(&policy, &lines).0, "{record:?}");
    }
    let changed: [Record; 7] = [
        ("v1", seen(&OPEN), None),
        ("v1", None, Some((OPEN, None, 0))),
        ("v1", seen(&Row { content: "2", ..OPEN }), Some((OPEN, None, 0))),
        ("v1", seen(&Row { site: "South", ..OPEN }), Some((OPEN, None, 0))),
        ("v1", seen(&OPEN), Some((OPEN, None, 1))),
        ("v1", seen(&FIXED), Some((FIXED, Some(ClosedBy::Absence), 0))),
        ("v1", Some((OPEN, true)), Some((OPEN, None, 0))),
    ];
    for record in changed {
        assert_eq!(copied(&policy, &lines(&[own.clone(), record.clone()], false)), None, "{record:?}");
    }
    assert_eq!(
        copied(&policy, &lines(std::slice::from_ref(&own), true)),
        None,
        "what was refused is sent again"
    );
    let gone: Record =
        ("", None, Some((Row { status: FindingStatus::Gone, ..FIXED }, Some(ClosedBy::Absence), 1)));
    let [closed, open]: [Record; 2] =
        [("v1", None, Some((FIXED, vendor, 0))), ("v1", seen(&OPEN), Some((OPEN, None, 0)))];
    let stays = lines(&[gone.clone(), closed], false);
    assert_eq!(copied(&policy, &stays).unwrap().0, judged(&policy, &stays).0, "an asset that stays gone");
    assert_eq!(copied(&policy, &lines(&[gone, open], false)), None, "findings on an asset that is gone");
}

#[test]
fn a_copied_line_differs_in_the_run_that_saw_it_and_in_nothing_else() {
    let (seen, known) = (OPEN.seen("v1"), OPEN.known("v1", None, 0));
    let own: Record = ("", Some((OPEN, false)), Some((OPEN, None, 0)));
    let (text, _) = copied(
        &policy(true, None),
        &lines(&[own.clone(), ("v1", Some((OPEN, false)), Some((OPEN, None, 0)))], false),
    )
    .unwrap();
    let before = String::from_utf8(
        [&lines(&[own], false).entries[0].known.as_ref().unwrap().text[..], &known.text[..], b""]
            .join(&b'\n'),
    )
    .unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), before.replace(BEFORE, RUN));
    assert!(unchanged(&seen, &known).is_some());
    // Any other byte behind the key and the number of the part, and the line is judged.
    let from = seen.behind_key() + br#","part":12"#.len();
    for at in from..seen.text.len() {
        let mut other = seen.text.to_vec();
        other[at] ^= 1;
        assert_eq!(unchanged(&Line::read(Bytes::from(other)).unwrap(), &known), None, "byte {at}");
    }
    let runs = known.text.windows(14).position(|part| part == b",\"first_seen\":").unwrap();
    let body = known.text.windows(8).position(|part| part == b",\"body\":").unwrap();
    for at in (known.behind_key()..runs).chain(body..known.text.len()) {
        let mut other = known.text.to_vec();
        other[at] ^= 1;
        assert_eq!(
            unchanged(&seen, &Line::read(Bytes::from(other)).unwrap()),
            None,
            "byte {at} of the ledger's"
        );
    }
}

#[test]
fn fields_in_another_order_are_judged_and_come_to_the_same() {
    let text = String::from_utf8(OPEN.seen("v1").text.to_vec()).unwrap();
    let moved =
        text.replace("\"status\":\"open\",", "").replace("\"body\":", "\"status\":\"open\",\"body\":");
    assert_ne!(text, moved);
    let own: Record = ("", Some((OPEN, false)), Some((OPEN, None, 0)));
    let mut lines = lines(&[own, ("v1", Some((OPEN, false)), Some((OPEN, None, 0)))], false);
    let (expected, tally) = copied(&policy(true, None), &lines).unwrap();
    lines.entries[1].seen =
        Some(StagedLine { line: Line::read(Bytes::from(moved)).unwrap(), when_asked: false });
    assert_eq!(copied(&policy(true, None), &lines), None);
    assert_eq!(judged(&policy(true, None), &lines), (expected, tally, true));
}
