//! Counts over all verdicts, for the guards and the outcome.

use crate::Policy;
use crate::asset::AssetJudgement;
use crate::group::JudgedFinding;
use causeway_domain::plan::{Rule, ScopeCount, Verdict, VerdictCounts};
use causeway_domain::{FindingStatus, Scope};
use std::collections::BTreeMap;

/// Counts over all groups of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Assets and findings that this run saw.
    pub seen_assets: u64,
    /// Findings that this run saw.
    pub seen_findings: u64,
    /// Known assets inside the current scope, without those that were gone already.
    pub known_assets: u64,
    /// Known open findings inside the current scope.
    pub known_open: u64,
    /// Assets that are sent.
    pub sent_assets: u64,
    /// By group: records without a site are the group `""`.
    pub(crate) sites: BTreeMap<String, Presence>,
    pub(crate) categories: BTreeMap<String, Presence>,
    next: BTreeMap<(Option<String>, Option<String>), (u64, u64)>,
}

/// Counts of one site or category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    /// Known assets and open findings there.
    pub(crate) known: u64,
    /// The ones seen in this run, wherever they are now.
    pub(crate) seen: u64,
    /// The ones seen at the same place.
    pub(crate) stayed: u64,
    /// Assets that were not seen.
    pub(crate) lost_assets: u64,
    /// Findings there that would be closed by absence.
    pub(crate) fixed: u64,
    /// Assets there that would count as gone.
    pub(crate) gone: u64,
}

/// Counts of records that are unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnchangedCount {
    /// Assets.
    pub assets: u64,
    /// Open findings.
    pub open: u64,
}

impl Tally {
    pub(crate) fn add_asset(&mut self, own: &AssetJudgement<'_>) {
        self.assets.add(own.verdict, own.rule);
        self.seen_assets += u64::from(own.seen);
        if let Some(scope) = &own.known_scope {
            self.known_assets += 1;
            let now = own.seen.then_some(&own.next.scope);
            let gone = own.verdict == Verdict::Gone;
            self.count(scope, now, |presence| {
                presence.lost_assets += u64::from(!own.seen);
                presence.gone += u64::from(gone);
            });
        }
        if own.next.status == FindingStatus::Open {
            self.next_scope(&own.next.scope).0 += 1;
        }
    }

    pub(crate) fn add_finding(&mut self, policy: &Policy, done: &JudgedFinding<'_>) {
        let judgement = &done.judgement;
        self.findings.add(judgement.verdict, judgement.rule);
        let seen = done.next.last_seen == policy.run;
        self.seen_findings += u64::from(seen);
        if let Some(scope) = &judgement.open_scope {
            self.known_open += 1;
            let fixed = judgement.verdict == Verdict::Fixed;
            self.count(scope, seen.then_some(&done.next.scope), |presence| {
                presence.fixed += u64::from(fixed);
            });
        }
        if done.next.status == FindingStatus::Open {
            self.next_scope(&done.next.scope).1 += 1;
        }
    }

    /// Counts unchanged records of one scope, as judging each of them would.
    pub fn add_unchanged(&mut self, policy: &Policy, scope: &Scope<'_>, count: UnchangedCount) {
        let UnchangedCount { assets, open } = count;
        self.assets.add_many(Verdict::Unchanged, Rule::Seen, assets);
        self.findings.add_many(Verdict::Unchanged, Rule::Seen, open);
        self.seen_assets += assets;
        self.seen_findings += open;
        if policy.scope.contains(scope) && assets + open > 0 {
            self.known_assets += assets;
            self.known_open += open;
            self.count_many(scope, Some(scope), assets + open, |_| {});
        }
        let next = self.next_scope(scope);
        (next.0, next.1) = (next.0 + assets, next.1 + open);
    }

    /// Counts findings that stay closed: those that this run saw, and those that it did not.
    pub fn add_closed(&mut self, seen: u64, unseen: u64) {
        self.findings.add_many(Verdict::Unchanged, Rule::Seen, seen);
        self.findings.add_many(Verdict::Unchanged, Rule::AlreadyClosed, unseen);
        self.seen_findings += seen;
    }

    /// Counts assets that stay gone.
    pub fn add_gone(&mut self, assets: u64) {
        self.assets.add_many(Verdict::Unchanged, Rule::AlreadyClosed, assets);
    }

    /// Counts one record that was known in `scope` and, if seen, is now in `now`.
    fn count(&mut self, scope: &Scope<'_>, now: Option<&Scope<'_>>, add: impl Fn(&mut Presence)) {
        self.count_many(scope, now, 1, add);
    }

    fn count_many(
        &mut self,
        scope: &Scope<'_>,
        now: Option<&Scope<'_>>,
        records: u64,
        add: impl Fn(&mut Presence),
    ) {
        let site = (scope.site_group(), now.map(Scope::site_group), &mut self.sites);
        let category = (scope.category_group(), now.map(Scope::category_group), &mut self.categories);
        for (name, now, counts) in [site, category] {
            if !counts.contains_key(name) {
                counts.insert(name.to_owned(), Presence::default());
            }
            if let Some(presence) = counts.get_mut(name) {
                let stayed = now == Some(name);
                presence.known += records;
                presence.seen += if now.is_some() { records } else { 0 };
                presence.stayed += if stayed { records } else { 0 };
                add(presence);
            }
        }
    }

    fn next_scope(&mut self, scope: &Scope<'_>) -> &mut (u64, u64) {
        let text = |name: &Option<std::borrow::Cow<'_, str>>| name.as_ref().map(ToString::to_string);
        self.next.entry((text(&scope.category), text(&scope.site))).or_default()
    }

    /// Assets and open findings of the next ledger, by scope.
    pub fn next_open(&self) -> Vec<ScopeCount> {
        let mut counts = Vec::with_capacity(self.next.len());
        for ((category, site), (assets, findings)) in &self.next {
            let (category, site) = (category.clone(), site.clone());
            counts.push(ScopeCount { category, site, assets: *assets, findings: *findings });
        }
        counts
    }
}
