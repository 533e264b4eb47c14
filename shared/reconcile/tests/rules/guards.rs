//! The guards: what a person must see before it is applied (I-8).

use crate::model::expected;
use crate::situation::{Line, Row, Situation, key, run};
use crate::strategy::{closing, situations};
use causeway_domain::definition::GuardSettings;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, Scope};
use causeway_reconcile::guards;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A ledger of `findings` open findings on each of `assets`, all seen unchanged.
fn quiet(assets: &[(&str, &str, &str)], findings: usize) -> Situation {
    let (mut seen, mut ledger) = (BTreeMap::new(), BTreeMap::new());
    for (asset, category, site) in assets {
        let scope = scope(category, site);
        let ids = (0..findings).map(|n| format!("v{n}"));
        for (row, finding) in (0..).zip(std::iter::once(String::new()).chain(ids)) {
            let row = Row {
                status: FindingStatus::Open,
                fixed_on: None,
                scope: scope.clone(),
                value: 0,
                when_asked: false,
                row,
                parts_read: PartsRead::All,
            };
            ledger.insert(key(asset, &finding), known(&row));
            seen.insert(key(asset, &finding), row);
        }
    }
    let (absent, rejected, refused) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    Situation { policy: closing(), seen, ledger, absent, rejected, refused }
}

fn scope(category: &str, site: &str) -> Scope<'static> {
    Scope {
        category: Some(category.to_owned().into()),
        site: Some(site.to_owned().into()),
        retired: Some(false),
    }
}

fn known(row: &Row) -> Line {
    Line {
        status: row.status,
        fixed_on: None,
        closed_by: None,
        scope: row.scope.clone(),
        hash: row.hash(),
        body: row.body(),
        first_seen: run(1),
        last_seen: run(2),
        missing: 0,
        row: Some(row.row),
    }
}

impl Situation {
    /// The vendor no longer has what `gone` names, and says so when asked.
    fn lose(&mut self, gone: impl Fn(&str, &str) -> bool) {
        self.seen.retain(|key, _| !gone(&key.asset, &key.finding));
        let lost = self.ledger.keys().filter(|key| !self.seen.contains_key(key));
        self.absent = lost.map(|key| (key.clone(), 0)).collect();
    }

    fn held(&self, settings: &GuardSettings) -> Vec<String> {
        let (_, tally) = self.judge_all();
        guards(&self.policy, settings, &tally).iter().map(ToString::to_string).collect()
    }
}

const PLANT: &[(&str, &str, &str)] =
    &[("a", "OT", "North"), ("b", "OT", "North"), ("c", "IT", "South"), ("d", "OT", "South")];

#[test]
fn a_quiet_run_is_applied() {
    assert_eq!(quiet(PLANT, 10).held(&GuardSettings::default()), Vec::<String>::new());
}

#[test]
fn an_empty_answer_is_held_even_when_nothing_would_be_closed() {
    let mut plant = quiet(PLANT, 10);
    plant.policy.missing_findings.preserve = true;
    plant.policy.missing_assets.preserve = true;
    plant.lose(|_, _| true);
    insta::assert_snapshot!(plant.held(&GuardSettings::default()).join("\n"), @r"
    empty answer: the vendor returned no asset, the ledger knows 4
    empty answer: the vendor returned no finding, the ledger has 40 open
    ");
}

#[test]
fn no_findings_are_nothing_to_wonder_at_when_they_are_not_read() {
    let mut plant = quiet(PLANT, 10);
    plant.policy.findings_read = false;
    plant.lose(|_, finding| !finding.is_empty());
    assert_eq!(plant.held(&GuardSettings::default()), Vec::<String>::new());
}

#[test]
fn a_large_share_is_held_and_the_limit_itself_is_not() {
    let settings = GuardSettings { max_fixed_percent: 50.0, min_fixed: 10, ..GuardSettings::default() };
    let mut plant = quiet(PLANT, 10);
    plant.lose(|_, finding| ["v0", "v1", "v2", "v3", "v4"].contains(&finding));
    assert_eq!(plant.held(&settings), Vec::<String>::new());
    plant.lose(|asset, finding| asset == "a" && finding == "v5");
    insta::assert_snapshot!(plant.held(&settings).join("\n"), @"far fewer findings: 21 of 40 open findings (52 %) would be marked Fixed; the limit is 50 %");
}

#[test]
fn a_large_share_of_few_is_not_held() {
    let settings = GuardSettings { max_fixed_percent: 10.0, min_fixed: 5, ..GuardSettings::default() };
    let mut plant = quiet(PLANT, 2);
    plant.lose(|_, finding| finding == "v0");
    assert_eq!(plant.held(&settings), Vec::<String>::new(), "4 of 8, but only 4");
    plant.lose(|asset, finding| asset == "a" && finding == "v1");
    assert_eq!(plant.held(&settings).len(), 1, "5 of 8");
}

#[test]
fn a_lost_site_is_held_and_named() {
    let settings = GuardSettings { max_fixed_percent: 100.0, ..GuardSettings::default() };
    let mut plant = quiet(PLANT, 2);
    plant.lose(|asset, _| asset == "a" || asset == "b");
    insta::assert_snapshot!(plant.held(&settings).join("\n"), @r#"site "North": all 6 records known there are gone; 4 findings would be marked Fixed and 2 assets count as gone"#);
    let unguarded = GuardSettings { hold_vanished_site: false, ..settings };
    assert_eq!(plant.held(&unguarded), Vec::<String>::new());
}

#[test]
fn a_lost_category_is_held_and_named() {
    let settings = GuardSettings { max_fixed_percent: 100.0, ..GuardSettings::default() };
    let mut plant = quiet(PLANT, 1);
    plant.lose(|asset, _| asset == "c");
    insta::assert_snapshot!(plant.held(&settings).join("\n"), @r#"device category "IT": all 2 records known there are gone; 1 findings would be marked Fixed and 1 assets count as gone"#);
}

#[test]
fn a_renamed_site_has_not_vanished_even_when_a_finding_of_it_really_is_gone() {
    let mut plant = quiet(PLANT, 4);
    for row in plant.seen.values_mut().filter(|row| row.scope.site.as_deref() == Some("North")) {
        row.scope.site = Some("Nord".into());
    }
    plant.lose(|asset, finding| asset == "a" && finding == "v0");
    assert_eq!(plant.held(&GuardSettings::default()), Vec::<String>::new());
}

#[test]
fn assets_that_never_had_a_record_of_their_own_do_not_make_an_answer_empty() {
    let mut plant = quiet(PLANT, 1);
    plant.ledger.retain(|key, _| !key.finding.is_empty());
    plant.seen.retain(|key, _| !key.finding.is_empty());
    let (first, _) = plant.judge_all();
    plant.ledger = first.ledger;
    plant.policy.run = run(10);
    assert_eq!(plant.held(&GuardSettings::default()), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The guards, stated over the whole tables.
    #[test]
    fn guards_follow_the_stated_rules(s in situations(), percent in 0_u8..100, least in 0_u64..3) {
        let settings =
            GuardSettings { max_fixed_percent: f64::from(percent), min_fixed: least, ..GuardSettings::default() };
        let results = expected(&s);
        let own = |key: &causeway_domain::FindingKey| key.finding.is_empty();
        let here = |key: &_| results.ledger[key].last_seen == s.policy.run;
        let eligible: Vec<_> = s.ledger.iter().filter(|(_, line)| {
            crate::model::in_scope(&s.policy, &line.scope)
                && line.hash != crate::situation::MINIMAL
                && line.status == FindingStatus::Open
        }).collect();
        let is = |key: &_, wanted| results.verdicts.get(key).is_some_and(|(verdict, ..)| *verdict == wanted);
        let closed = |key: &_| is(key, Verdict::Fixed) || is(key, Verdict::Gone);
        let read = |assets: bool| results.ledger.iter().filter(|(k, l)| own(k) == assets && l.hash != crate::situation::MINIMAL && here(k)).count();
        let of = |assets: bool| eligible.iter().filter(|(key, _)| own(key) == assets).count();
        let count = |verdict| eligible.iter().filter(|(key, _)| is(*key, verdict)).count() as u64;
        let (fixed, gone) = (count(Verdict::Fixed), count(Verdict::Gone));

        let no_assets = s.policy.complete && read(true) == 0 && of(true) > 0;
        let no_findings = s.policy.complete && s.policy.findings_read && read(false) == 0 && of(false) > 0;
        let exceeds = |closed: u64, all: usize| closed >= least.max(1) && closed * 100 > u64::from(percent) * all as u64;
        let too_many = [exceeds(fixed, of(false)), exceeds(gone, of(true))];
        let unasked = results.verdicts.values().any(|(_, rule, _)| *rule == Rule::MissingRepeatedly);
        // Per site or category: seen anywhere, seen there still, an asset lost, a finding closing.
        let mut places: BTreeMap<(bool, String), [bool; 4]> = BTreeMap::new();
        for (key, line) in &eligible {
            let now = &results.ledger[*key].scope;
            let scopes = [(true, &line.scope.site, &now.site), (false, &line.scope.category, &now.category)];
            for (site, name, now) in scopes {
                let [name, now] = [name, now].map(|name| name.as_deref().unwrap_or_default().trim());
                let [seen, stayed, lost, closing] = places.entry((site, name.to_string())).or_default();
                *seen |= here(key);
                *stayed |= here(key) && now == name;
                *lost |= own(key) && !here(key);
                *closing |= closed(key);
            }
        }
        let vanishes = |[seen, stayed, lost, closing]: &&[bool; 4]| *closing && (!seen || (!stayed && *lost));
        let vanished = places.values().filter(vanishes).count();
        let held = [no_assets, no_findings, unasked].into_iter().chain(too_many);
        let reasons = held.filter(|held| *held).count() + vanished;
        prop_assert_eq!(s.held(&settings).len(), reasons, "{:?}", s.held(&settings));
    }
}

/// Null, absent and blank are one site and one category like any other.
#[test]
fn records_without_a_site_are_a_site() {
    for none in [None, Some(""), Some("  ")] {
        let mut situation = quiet(&[("a", "OT", "South"), ("b", "OT", "")], 3);
        let site = none.map(Into::into);
        for (key, line) in &mut situation.ledger {
            if key.asset == "b" {
                line.scope.site.clone_from(&site);
            }
        }
        situation.lose(|asset, _| asset == "b");
        let (_, tally) = situation.judge_all();
        let settings = GuardSettings { max_fixed_percent: 100.0, ..GuardSettings::default() };
        let held = guards(&situation.policy, &settings, &tally);
        let subjects: Vec<_> = held.iter().map(|failure| failure.subject.as_str()).collect();
        assert_eq!(subjects, ["no site"], "site {none:?}");
    }
}
