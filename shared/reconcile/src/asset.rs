//! The verdict on an asset. Assets are never closed.

use crate::{Entry, Policy};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FindingStatus, RunId, Scope};
use causeway_ledger::LedgerRecord;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An asset after its verdict.
#[derive(Debug)]
pub(crate) struct AssetJudgement<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) rule: Rule,
    pub(crate) missing: u32,
    pub(crate) before: Option<RunId>,
    /// Whether this run saw a record of it.
    pub(crate) seen: bool,
    /// Its recorded place, if that is inside the current scope.
    pub(crate) known_scope: Option<Scope<'a>>,
    pub(crate) rejected: bool,
    pub(crate) send: bool,
    pub(crate) next: LedgerRecord<'a>,
}

impl AssetJudgement<'_> {
    /// Whether only findings name the asset. A destination would show it without name, source and tags, so it is withheld;
    /// its own record later counts as changed and brings all findings along.
    pub(crate) fn is_unknown(&self) -> bool {
        self.next.hash == WITHOUT_RECORD
    }
}

/// Content hash of an asset that is known only through its findings; any real record differs from it.
pub(crate) const WITHOUT_RECORD: &str = "minimal";

/// Decides the asset's own record. `None` only if nothing is known and no body could be made.
pub(crate) fn judge_asset<'a>(
    policy: &Policy,
    asset: &'a str,
    entry: Entry<'a>,
    refused_before: bool,
    minimal: Option<&'a RawValue>,
) -> Option<AssetJudgement<'a>> {
    let Entry { seen, known, rejected, .. } = entry;
    let before = known.as_ref().map(|known| known.last_seen.clone());
    // The guards cannot miss an asset that never had its own record.
    let recorded =
        known.as_ref().filter(|known| known.hash != WITHOUT_RECORD && policy.scope.contains(&known.scope));
    let known_scope = recorded.map(|known| known.scope.clone());
    let again = refused_before || !policy.retain_delta;
    let (verdict, rule, missing, send, next) = match (seen, known) {
        (Some(seen), known) => {
            let changed = known.as_ref().is_none_or(|known| known.hash != seen.record.hash);
            let verdict = match (&known, changed) {
                (None, _) => Verdict::New,
                (Some(_), true) => Verdict::Changed,
                (Some(_), false) => Verdict::Unchanged,
            };
            let rule = if changed || !again { Rule::Seen } else { Rule::SentAgain };
            let first_seen = known.map_or_else(|| policy.run.clone(), |known| known.first_seen);
            let next = LedgerRecord {
                asset: seen.record.asset,
                finding: Cow::Borrowed(""),
                status: FindingStatus::Open,
                fixed_on: None,
                closed_by: None,
                scope: seen.record.scope,
                vendor_key: seen.record.vendor_key,
                hash: seen.record.hash,
                first_seen,
                last_seen: policy.run.clone(),
                missing: 0,
                body: seen.record.body,
            };
            (verdict, rule, 0, changed || again, next)
        }
        (None, Some(mut known)) => {
            let (verdict, rule, step) = missing_asset(policy, &known, rejected);
            known.missing = known.missing.saturating_add(step);
            let again = refused_before;
            (verdict, rule, known.missing, again, known)
        }
        (None, None) => {
            let next = LedgerRecord {
                asset: Cow::Borrowed(asset),
                finding: Cow::Borrowed(""),
                status: FindingStatus::Open,
                fixed_on: None,
                closed_by: None,
                scope: Scope::default(),
                vendor_key: None,
                hash: Cow::Borrowed(WITHOUT_RECORD),
                first_seen: policy.run.clone(),
                last_seen: policy.run.clone(),
                missing: 0,
                body: minimal?,
            };
            (Verdict::New, Rule::AssetUnknown, 0, true, next)
        }
    };
    let seen = next.last_seen == policy.run && next.hash != WITHOUT_RECORD;
    Some(AssetJudgement { verdict, rule, missing, before, seen, known_scope, rejected, send, next })
}

fn missing_asset(policy: &Policy, known: &LedgerRecord<'_>, rejected: bool) -> (Verdict, Rule, u32) {
    if known.hash == WITHOUT_RECORD {
        (Verdict::Unchanged, Rule::AssetUnknown, 0)
    } else if !policy.scope.contains(&known.scope) {
        (Verdict::OutOfScope, Rule::ScopeNarrowed, 0)
    } else if !policy.complete {
        (Verdict::Preserved, Rule::RunNotComplete, 0)
    } else if rejected {
        (Verdict::Preserved, Rule::RecordRejected, 0)
    } else {
        (Verdict::Preserved, Rule::AssetKept, 1)
    }
}
