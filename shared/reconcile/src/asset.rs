//! The verdict on an asset. One that is gone stays in the ledger as gone; nothing is sent because of it.

use crate::rows::outside;
use crate::{Absence, Entry, Policy, Seen};
use causeway_domain::invariant::I1;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{FindingStatus, RunId, Scope};
use causeway_ledger::LedgerRecord;
use causeway_mutants::Mutant;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An asset after its verdict.
#[derive(Debug)]
pub(crate) struct AssetJudgement<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) rule: Rule,
    pub(crate) missing: u32,
    /// The confirming question it rests on.
    pub(crate) confirmed_by: Option<u32>,
    pub(crate) before: Option<RunId>,
    /// Whether this run saw a record of it.
    pub(crate) seen: bool,
    /// Its recorded place, if that is inside the current scope and it was not gone already.
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

/// Whether the asset would count as gone if the vendor, asked for exactly it, did not return it (I-1). `named` is whether
/// this run saw a finding of it.
pub fn needs_question(policy: &Policy, entry: &Entry<'_>, named: bool) -> bool {
    let Some(known) = &entry.known else { return false };
    entry.seen.is_none() && missing_rule(policy, known, (entry.rejected, named)).is_none()
}

/// Decides the asset's own record. `None` only if nothing is known and no body could be made.
pub(crate) fn judge_asset<'a>(
    policy: &Policy,
    asset: &'a str,
    entry: Entry<'a>,
    (named, refused_before): (bool, bool),
    minimal: Option<&'a RawValue>,
) -> Option<AssetJudgement<'a>> {
    let Entry { seen, known, absence, rejected } = entry;
    let before = known.as_ref().map(|known| known.last_seen.clone());
    // The guards cannot miss an asset that never had its own record.
    let recorded = known.as_ref().filter(|known| {
        known.hash != WITHOUT_RECORD
            && known.status == FindingStatus::Open
            && policy.scope.contains(&known.scope)
    });
    let known_scope = recorded.map(|known| known.scope.clone());
    let again = refused_before || !policy.retain_delta;
    let mut confirmed_by = None;
    let (verdict, rule, send, next) = match (seen, known) {
        (Some(seen), Some(mut known)) if outside(policy, &seen) => {
            // The vendor still has it, but outside what this connection asks for.
            known.scope = seen.record.scope;
            reopen(&mut known);
            (Verdict::OutOfScope, Rule::ScopeNarrowed, refused_before, known)
        }
        (Some(seen), known) => judge_seen(policy, seen, known, again),
        (None, Some(mut known)) => {
            let (verdict, rule, missing) = match (missing_rule(policy, &known, (rejected, named)), absence) {
                (Some(decided), _) => decided,
                (None, Absence::Confirmed(question)) => {
                    debug_assert!(policy.complete && !rejected, "{I1} ({})", I1.holds);
                    confirmed_by = Some(question);
                    (Verdict::Gone, Rule::AbsenceConfirmed, known.missing.saturating_add(1))
                }
                (None, Absence::NotConfirmed) if Mutant::CountsAnUnaskedAssetAsGone.on() => {
                    (Verdict::Gone, Rule::AbsenceConfirmed, known.missing.saturating_add(1))
                }
                (None, Absence::NotConfirmed) => (Verdict::Preserved, Rule::NotConfirmed, known.missing),
            };
            known.missing = missing;
            match verdict {
                Verdict::Gone => {
                    known.status = FindingStatus::Gone;
                    known.fixed_on = Some(Cow::Owned(policy.started_at.clone()));
                    known.closed_by = Some(ClosedBy::Absence);
                }
                Verdict::Reopened => reopen(&mut known),
                _ => {}
            }
            (verdict, rule, refused_before, known)
        }
        (None, None) => (Verdict::New, Rule::AssetUnknown, true, without_record(policy, asset, minimal?)),
    };
    let seen = next.last_seen == policy.run && next.hash != WITHOUT_RECORD;
    let missing = next.missing;
    Some(AssetJudgement {
        verdict,
        rule,
        missing,
        confirmed_by,
        before,
        seen,
        known_scope,
        rejected,
        send,
        next,
    })
}

fn reopen(known: &mut LedgerRecord<'_>) {
    known.status = FindingStatus::Open;
    (known.fixed_on, known.closed_by) = (None, None);
}

fn judge_seen<'a>(
    policy: &Policy,
    Seen { record, when_asked }: Seen<'a>,
    known: Option<LedgerRecord<'a>>,
    again: bool,
) -> (Verdict, Rule, bool, LedgerRecord<'a>) {
    let changed = known.as_ref().is_none_or(|known| known.hash != record.hash);
    let verdict = match &known {
        None => Verdict::New,
        Some(known) if known.status != FindingStatus::Open => Verdict::Reopened,
        Some(_) if changed => Verdict::Changed,
        Some(_) => Verdict::Unchanged,
    };
    let rule = match verdict {
        _ if when_asked => Rule::SeenWhenAsked,
        Verdict::Unchanged if again => Rule::SentAgain,
        _ => Rule::Seen,
    };
    let next = LedgerRecord {
        asset: record.asset,
        finding: Cow::Borrowed(""),
        status: FindingStatus::Open,
        fixed_on: None,
        closed_by: None,
        scope: record.scope,
        vendor_key: record.vendor_key,
        hash: record.hash,
        first_seen: known.map_or_else(|| policy.run.clone(), |known| known.first_seen),
        last_seen: policy.run.clone(),
        missing: 0,
        body: record.body,
    };
    // A destination was never told that an asset was gone, so its return alone is nothing to tell either.
    (verdict, rule, changed || again, next)
}

/// The line of an asset that is known through its findings only.
fn without_record<'a>(policy: &Policy, asset: &'a str, body: &'a RawValue) -> LedgerRecord<'a> {
    LedgerRecord {
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
        body,
    }
}

/// The rule that decides a missing asset whatever the vendor answers, or `None` when only its confirmed absence is missing.
/// With it, what the missing streak becomes.
fn missing_rule(
    policy: &Policy,
    known: &LedgerRecord<'_>,
    (rejected, named): (bool, bool),
) -> Option<(Verdict, Rule, u32)> {
    let streak = known.missing.saturating_add(1);
    let keep = |rule| Some((Verdict::Preserved, rule, known.missing));
    if known.hash == WITHOUT_RECORD {
        Some((Verdict::Unchanged, Rule::AssetUnknown, known.missing))
    } else if known.status != FindingStatus::Open {
        // The vendor reports findings on it, so it is not gone.
        let (verdict, rule) = match named {
            true => (Verdict::Reopened, Rule::NamedByFindings),
            false => (Verdict::Unchanged, Rule::AlreadyClosed),
        };
        Some((verdict, rule, known.missing))
    } else if !policy.scope.contains(&known.scope) {
        Some((Verdict::OutOfScope, Rule::ScopeNarrowed, known.missing))
    } else if !policy.complete {
        keep(Rule::RunNotComplete)
    } else if rejected {
        keep(Rule::RecordRejected)
    } else if named {
        keep(Rule::NamedByFindings)
    } else if policy.scope_blocked {
        keep(Rule::ScopeBlocked)
    } else if let Some(rule) = policy.missing_assets.keeps(streak) {
        Some((Verdict::Preserved, rule, streak))
    } else if let Some(rule) = policy.missing_assets.without_asking(streak) {
        let gone = rule == Rule::MissingRepeatedly;
        Some((if gone { Verdict::Gone } else { Verdict::Preserved }, rule, streak))
    } else if known.vendor_key.is_none() {
        keep(Rule::VendorKeyUnknown)
    } else {
        None
    }
}
