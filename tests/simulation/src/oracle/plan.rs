//! The plan, judged when it is written: what it closes, what it forgets, what it makes of what was read.

use super::staged::Pages;
use super::{Facts, ledger, sending};
use crate::oracle::ledger::Known;
use crate::sim::Inner;
use crate::vendor::RowId;
use crate::vendor::table::{Row, asset_id, finding_id, row_of};
use causeway_claroty_xdome::XdomeSettings;
use causeway_domain::Definition;
use causeway_domain::invariant::{I1, I2, I3, I4, I6, I7, I8};
use causeway_domain::plan::{Plan, Rule, Verdict, VerdictRecord};
use causeway_domain::reading::Reading;
use causeway_domain::record::ClosedBy;
use causeway_domain::run::StreamPlan;
use causeway_domain::{FindingKey, FindingStatus, Manifest, RunId, Scope, Stream};
use std::collections::BTreeMap;

type Ledger = BTreeMap<FindingKey, Known>;

/// A plan with everything it is judged by.
struct Case<'a> {
    run: &'a RunId,
    plan: &'a Plan,
    manifest: &'a Manifest,
    pages: Pages,
    before: Ledger,
    after: Ledger,
    verdicts: Vec<VerdictRecord>,
    complete: bool,
    claimed_at: u64,
}

/// The plan was written.
pub(super) fn written(inner: &mut Inner, run: &RunId, body: &[u8]) {
    let Ok(plan) = serde_json::from_slice::<Plan>(body) else {
        return inner.broken(I4, "the plan cannot be read");
    };
    let attempt = inner.oracle.runs.get(run).map_or(0, |facts| facts.attempt);
    let failures = if attempt == 0 { "failures/".to_owned() } else { format!("failures-{attempt}/") };
    let lost: Vec<String> = inner.store.keys(&format!("runs/plant/{run}/{failures}")).cloned().collect();
    let Some(facts) = inner.oracle.runs.get_mut(run) else {
        return inner.broken(I4, format!("a plan of run {run}, which was never started"));
    };
    let second = facts.plan.is_some();
    (facts.plan, facts.lost_before_plan) = (Some(plan.clone()), lost);
    let Some(manifest) = facts.manifest.clone() else {
        return inner.broken(I4, format!("run {run} has a plan and no manifest"));
    };
    let (complete, claimed_at) = (facts.complete(), facts.claimed_at);
    if second {
        return inner.broken(I4, format!("run {run} has a second plan"));
    }
    let before = manifest.ledger.as_ref().map(|ledger| ledger::ledger(&inner.store, &ledger.index));
    let case = Case {
        run,
        plan: &plan,
        manifest: &manifest,
        pages: Pages::of(&inner.store, run),
        before: before.unwrap_or_default(),
        after: ledger::ledger(&inner.store, &plan.ledger_index),
        verdicts: ledger::verdicts(&inner.store, &plan.verdicts),
        complete,
        claimed_at,
    };
    count(inner, &case);
    case.pages_are_there(inner);
    case.nothing_is_forgotten(inner);
    case.what_was_read_counts(inner);
    if plan.held.is_empty() {
        case.closed_with_reason(inner);
    }
    case.held_when_it_must(inner);
    sending::what_changed(inner, run, &plan, &manifest, &case.verdicts);
    case.repeated_run_changes_nothing(inner);
}

fn count(inner: &mut Inner, case: &Case<'_>) {
    let plan = case.plan;
    let rules = [
        (Rule::AbsenceConfirmed, "absence confirmed"),
        (Rule::SeenWhenAsked, "seen when asked"),
        (Rule::NotConfirmed, "not confirmed"),
        (Rule::PartsUnread, "list of CVEs not read"),
        (Rule::PartWithdrawn, "CVE taken out of its list"),
        (Rule::BelowStreak, "below streak"),
        (Rule::PreserveSetting, "preserved by setting"),
        (Rule::RecordRejected, "rejected record blocks"),
        (Rule::ScopeBlocked, "scope blocked"),
        (Rule::ScopeNarrowed, "out of scope"),
        (Rule::StreamNotRead, "stream not read"),
        (Rule::SentAgain, "sent again"),
    ];
    for (rule, name) in rules {
        inner.tally.sometimes(name, plan.findings.rules.get(&rule).copied().unwrap_or_default());
    }
    let of_assets = [
        (Rule::AbsenceConfirmed, "asset gone"),
        (Rule::NotConfirmed, "absence of an asset not confirmed"),
        (Rule::NamedByFindings, "missing asset named by its findings"),
        (Rule::SeenWhenAsked, "asset seen when asked"),
        (Rule::MissingRepeatedly, "asset gone without being asked for"),
    ];
    for (rule, name) in of_assets {
        inner.tally.sometimes(name, plan.assets.rules.get(&rule).copied().unwrap_or_default());
    }
    inner.tally.sometimes("gone asset is back", plan.assets.of(Verdict::Reopened));
    inner.tally.sometimes("reopened", plan.findings.of(Verdict::Reopened));
    inner.tally.sometimes("fixed by the vendor", plan.findings.of(Verdict::FixedByVendor));
    inner.tally.sometimes("irrelevant", plan.findings.of(Verdict::Irrelevant));
    inner.tally.sometimes("plan held", u64::from(!plan.held.is_empty()));
    inner.tally.sometimes("changed while read", case.pages.changed);
}

impl Case<'_> {
    fn definition(&self) -> &Definition {
        &self.manifest.definition.definition
    }

    fn in_scope(&self, scope: &Scope<'_>) -> bool {
        let Ok(settings) = XdomeSettings::of(&self.definition().source) else { return false };
        let category = scope.category.as_deref().unwrap_or_default();
        settings.device_categories.iter().any(|asked| asked.to_string() == category)
            && scope.retired == Some(settings.retired_devices_only)
    }

    fn findings_read(&self) -> bool {
        self.manifest.streams.iter().any(|plan| plan.stream == Stream::Findings)
    }

    fn pages_are_there(&self, inner: &mut Inner) {
        let wanted = self.manifest.streams.iter().map(|plan| plan.windows().count() as u64).sum();
        let chains: Vec<(Stream, u16)> = self.manifest.streams.iter().flat_map(lanes).collect();
        for (stream, lane) in chains {
            if !self.pages.ended.contains(&(stream, lane)) {
                let last = self.pages.chains.get(&(stream, lane));
                let detail = format!("run {} plans while chain {lane} of {stream} is at {last:?}", self.run);
                return inner.broken(I2, detail);
            }
            if self.complete && !self.pages.is_proof(stream, lane) {
                let detail = format!("run {} takes chain {lane} of {stream} for proof", self.run);
                return inner.broken(I3, detail);
            }
        }
        if self.pages.main_pages < wanted {
            let (run, staged) = (self.run, self.pages.main_pages);
            inner.broken(I2, format!("run {run} plans with {staged} of {wanted} pages"));
        }
    }

    fn nothing_is_forgotten(&self, inner: &mut Inner) {
        if let Some(key) = self.before.keys().find(|key| !self.after.contains_key(key)) {
            inner.broken(I6, format!("run {} forgets {key:?}", self.run));
        }
    }

    /// Every record of the manifest's pages is in the next ledger, as it was observed last.
    fn what_was_read_counts(&self, inner: &mut Inner) {
        for (key, versions) in &self.pages.versions {
            if !versions.iter().any(|version| version.main) {
                continue;
            }
            let Some(known) = self.after.get(key) else {
                // A row without a readable list makes nothing next to what it is known by.
                if versions.iter().all(|version| version.nothing_read) && self.known_otherwise(key) {
                    continue;
                }
                return inner.broken(I2, format!("run {} read {key:?} and does not know it", self.run));
            };
            let newest = self.pages.newest(key);
            let same =
                newest.iter().any(|version| version.hash == known.hash && version.status == known.status);
            if !same || known.last_seen != *self.run {
                let detail = format!("run {} makes of {key:?} what was not observed last", self.run);
                return inner.broken(I6, detail);
            }
        }
    }

    fn closed_with_reason(&self, inner: &mut Inner) {
        for (key, next) in &self.after {
            let closed = next.status != FindingStatus::Open;
            let was_open = self.before.get(key).is_some_and(|known| known.status == FindingStatus::Open);
            if !closed || !was_open {
                continue;
            }
            let id = row_of(&key.asset, &key.finding);
            let (from, to) = (self.claimed_at, inner.now);
            if self.hidden_from_everybody(inner, key) {
                inner.tally.sometimes("closed behind a blind token", 1);
                continue;
            }
            let withdrawn = self.is_withdrawn(inner, key);
            if !withdrawn && id.is_some_and(|id| inner.vendor.history.open_throughout(id, from, to)) {
                let (run, by) = (self.run, next.closed_by);
                inner.broken(
                    I1,
                    format!("run {run} closes {key:?} ({by:?}), open at the vendor all the time"),
                );
            }
            if next.closed_by == Some(ClosedBy::Absence) {
                self.closed_by_absence(inner, key, next);
            }
        }
    }

    /// Whether another finding of the same row is in the ledger.
    fn known_otherwise(&self, key: &FindingKey) -> bool {
        let row = row_of(&key.asset, &key.finding);
        self.after.keys().any(|other| other != key && row_of(&other.asset, &other.finding) == row)
    }

    /// Whether the vendor, in a list that says something, had the row without this finding.
    fn is_withdrawn(&self, inner: &Inner, key: &FindingKey) -> bool {
        let verdict = self.verdicts.iter().find(|verdict| verdict.key == *key);
        let Some(id) = row_of(&key.asset, &key.finding) else { return false };
        let rows = inner.vendor.history.during(id, self.claimed_at, inner.now);
        let mut listed = rows.into_iter().flatten().filter(|row| row.cves > 0);
        verdict.is_some_and(|verdict| verdict.rule == Rule::PartWithdrawn)
            && listed.any(|row| !row.finding_ids().contains(&key.finding))
    }

    /// Whether the token did not see the record's site and nothing could have shown it: the guard for sites is off, or
    /// the device had moved there.
    fn hidden_from_everybody(&self, inner: &Inner, key: &FindingKey) -> bool {
        let known = self.before.get(key).and_then(|line| line.scope.site.as_deref()).unwrap_or_default();
        let Some(id) = row_of(&key.asset, &key.finding) else { return false };
        let (history, from, to) = (&inner.vendor.history, self.claimed_at, inner.now);
        let rows = history.during(id, from, to);
        let hidden = |row: &&Row| history.hidden(&row.site, from, to);
        let guarded = self.definition().guards.hold_vanished_site;
        rows.into_iter().flatten().filter(hidden).any(|row| !guarded || row.site != known)
    }

    fn closed_by_absence(&self, inner: &mut Inner, key: &FindingKey, next: &Known) {
        let run = self.run;
        let missed = self.before.get(key).map_or(0, |known| inner.oracle.complete_since(&known.last_seen));
        let mut wrong = |invariant, detail: &str| {
            inner.broken(invariant, format!("run {run} closes {key:?}: {detail}"));
        };
        if !self.complete {
            wrong(I1, "its coverage is not complete");
        }
        let definition = self.definition();
        let (own, settings) = (key.finding.is_empty(), &definition.run);
        let (mut preserve, mut streak, mut stream) =
            (definition.preserve_missing_findings, settings.fix_after_missing_runs, Stream::Findings);
        if own {
            preserve = definition.preserve_missing_assets.unwrap_or(preserve);
            (streak, stream) = (settings.gone_after_missing_runs.unwrap_or(streak), Stream::Assets);
        }
        if preserve {
            wrong(I1, "what is missing is to be preserved");
        }
        if !self.before.get(key).is_some_and(|known| self.in_scope(&known.scope)) {
            wrong(I1, "it lies outside the scope");
        }
        if next.missing < streak || missed + 1 < streak as usize {
            wrong(I1, "it was not missing for long enough");
        }
        if self.pages.rejected(key) || self.pages.keyless > 0 {
            wrong(I7, "a record was rejected that might be it");
        }
        if self.is_withdrawn(inner, key) {
            inner.tally.sometimes("CVE withdrawn", 1);
            return;
        }
        let mut wrong = |invariant, detail: &str| {
            inner.broken(invariant, format!("run {run} closes {key:?}: {detail}"));
        };
        if own && self.pages.versions.keys().any(|other| other.asset == key.asset) {
            wrong(I1, "the vendor names it by its findings");
        }
        let closed = if own { Verdict::Gone } else { Verdict::Fixed };
        let of_it = |verdict: &&VerdictRecord| verdict.key == *key && verdict.verdict == closed;
        let question = self.verdicts.iter().find(of_it).and_then(|verdict| verdict.confirmed_by);
        match question.and_then(|number| self.pages.answers.get(&(stream, number))) {
            None => wrong(I1, "no answer that can be trusted says so"),
            Some(answer) if answer.contains(key) => wrong(I1, "the answer it rests on has it"),
            Some(_) => {}
        }
        let row = row_of(&key.asset, &key.finding);
        let columns = |(device, number): RowId| {
            std::iter::once(asset_id(device)).chain(number.map(finding_id)).collect::<Vec<_>>()
        };
        let row = row.map(columns);
        let absent = row.and_then(|row| inner.oracle.absent.get(&row).copied());
        if absent.is_none_or(|at| at < self.claimed_at) {
            inner.broken(I1, format!("run {run} closes {key:?}, which the vendor still had when asked"));
        }
    }

    fn held_when_it_must(&self, inner: &mut Inner) {
        if !self.plan.held.is_empty() {
            return;
        }
        let guards = &self.definition().guards;
        let known = |finding: bool| {
            let of_kind = move |key: &FindingKey| key.finding.is_empty() != finding;
            let open = |line: &Known| line.status == FindingStatus::Open && line.hash != "minimal";
            let counts = move |(key, line): &(&FindingKey, &Known)| of_kind(key) && open(line);
            self.before.iter().filter(counts).filter(|(_, line)| self.in_scope(&line.scope))
        };
        let seen = |finding: bool| {
            let of_kind = move |key: &&FindingKey| key.finding.is_empty() != finding;
            let keys =
                self.after.iter().filter(|(_, line)| line.last_seen == *self.run && line.hash != "minimal");
            keys.map(|(key, _)| key).filter(of_kind).count() as u64
        };
        let read = self.complete && self.findings_read();
        if self.complete && (seen(false) == 0 && known(false).count() > 0)
            || (read && seen(true) == 0 && known(true).count() > 0)
        {
            inner.broken(I8, format!("run {}: nothing came, and the plan is not held", self.run));
        }
        let unasked = [&self.plan.assets, &self.plan.findings];
        if unasked.iter().any(|counts| counts.rules.contains_key(&Rule::MissingRepeatedly)) {
            inner.broken(I8, format!("run {} closes what was not asked for and is not held", self.run));
        }
        let (gone, assets) = (self.plan.assets.of(Verdict::Gone), known(false).count() as u64);
        let share = 100.0 * gone as f64 / assets.max(1) as f64;
        let (least, most) = (guards.min_gone.unwrap_or(guards.min_fixed), guards.max_gone_percent);
        if gone >= least.max(1) && share > most.unwrap_or(guards.max_fixed_percent) {
            let detail = format!("run {} takes {gone} of {assets} assets for gone and is not held", self.run);
            inner.broken(I8, detail);
        }
        let (fixed, open) = (self.plan.findings.of(Verdict::Fixed), known(true).count() as u64);
        let share = 100.0 * fixed as f64 / open.max(1) as f64;
        if fixed >= guards.min_fixed.max(1) && share > guards.max_fixed_percent {
            inner.broken(I8, format!("run {} closes {fixed} of {open} and is not held", self.run));
        }
        let closes = |key: &FindingKey| {
            let open = self.before.get(key).is_some_and(|line| line.status == FindingStatus::Open);
            let next = self.after.get(key);
            open && next.is_some_and(|line| line.closed_by == Some(ClosedBy::Absence))
        };
        let site = |scope: &Scope<'_>| scope.site.as_deref().unwrap_or_default().to_owned();
        let category = |scope: &Scope<'_>| scope.category.as_deref().unwrap_or_default().to_owned();
        let gone = |of: &dyn Fn(&Scope<'_>) -> String| {
            let mut places: BTreeMap<String, (bool, bool)> = BTreeMap::new();
            for (key, line) in known(true).chain(known(false)) {
                let (is_seen, is_closed) = places.entry(of(&line.scope)).or_default();
                *is_seen |= self.after.get(key).is_some_and(|next| next.last_seen == *self.run);
                *is_closed |= closes(key);
            }
            places.into_iter().find(|(_, (is_seen, is_closed))| !is_seen && *is_closed).map(|(name, _)| name)
        };
        let vanished = gone(&site).filter(|_| guards.hold_vanished_site);
        let vanished = vanished.or_else(|| gone(&category).filter(|_| guards.hold_vanished_category));
        if let Some(name) = vanished {
            inner.broken(I8, format!("run {}: {name} is gone, and the plan is not held", self.run));
        }
    }

    /// A run over an unchanged world, after a complete one, finds nothing new.
    fn repeated_run_changes_nothing(&self, inner: &mut Inner) {
        let Some(pointer) = &self.manifest.ledger else { return };
        let unchanged = |last: &Facts| {
            let same = last.manifest.as_ref().map(|last| &last.definition) == Some(&self.manifest.definition);
            let version = last.version == inner.vendor.version && pointer.undelivered.is_none();
            let told_true = inner.oracle.lied_at.iter().all(|at| *at < last.claimed_at);
            let whole = last.outcome.as_ref().is_some_and(|outcome| outcome.reasons.is_empty());
            let seen = !inner.vendor.history.hidden_since(last.claimed_at) && inner.vendor.blind.is_none();
            same && version && told_true && whole && seen
        };
        if !inner.oracle.runs.get(&pointer.run).is_some_and(unchanged) {
            return;
        }
        let news =
            [Verdict::New, Verdict::Changed, Verdict::Reopened, Verdict::FixedByVendor, Verdict::Irrelevant];
        let of = |verdict: &Verdict| self.plan.findings.of(*verdict) + self.plan.assets.of(*verdict);
        let found: u64 = news.iter().map(of).sum();
        if found > 0 {
            inner.broken(I6, format!("run {} finds {found} news in an unchanged world", self.run));
        }
        inner.tally.sometimes("clean second run changes nothing", 1);
    }
}

/// The chains of a stream.
fn lanes(plan: &StreamPlan) -> Vec<(Stream, u16)> {
    let Reading::Chains { starts } = &plan.reading else { return Vec::new() };
    (0..).zip(starts).map(|(lane, _)| (plan.stream, lane)).collect()
}
