//! The verdict on a finding.

use crate::group::JudgedFinding;
use crate::rows::{RowSeen, outside};
use crate::{Absence, Entry, Policy, Seen};
use causeway_domain::invariant::I1;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::ClosedBy;
use causeway_domain::{FindingStatus, RunId, Scope};
use causeway_ledger::LedgerRecord;
use causeway_mutants::Mutant;
use std::borrow::Cow;

/// Why and how a finding was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FindingJudgement<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The rule behind it.
    pub rule: Rule,
    /// Complete runs in a row that missed it, this one included.
    pub missing: u32,
    /// The confirming question it rests on.
    pub confirmed_by: Option<u32>,
    /// The run that last saw it before this one.
    pub before: Option<RunId>,
    /// Where the ledger recorded it, if it was open there and inside the present scope.
    pub open_scope: Option<Scope<'a>>,
    /// Whether its asset must be sent because of it.
    pub send: bool,
}

/// Whether this finding would be closed if the vendor, asked for exactly it, did not return it (I-1). `row` is what this run
/// saw of its row.
pub fn needs_confirmation(policy: &Policy, entry: &Entry<'_>, row: RowSeen) -> bool {
    let Some(known) = &entry.known else { return false };
    entry.seen.is_none() && missing_rule(policy, known, entry.rejected, row).is_none()
}

/// Decides one finding. `None` when there is nothing to decide on.
pub(crate) fn judge_finding<'a>(
    policy: &Policy,
    asset: &'a str,
    finding: &'a str,
    entry: Entry<'a>,
    (row, refused_before): (RowSeen, bool),
) -> Option<JudgedFinding<'a>> {
    let was_open = |known: &&LedgerRecord<'a>| {
        known.status == FindingStatus::Open && policy.scope.contains(&known.scope)
    };
    let open_scope = entry.known.as_ref().filter(was_open).map(|known| known.scope.clone());
    let before = entry.known.as_ref().map(|known| known.last_seen.clone());
    let Entry { seen, known, absence, rejected } = entry;
    let (mut judgement, next) = match (seen, known) {
        (Some(seen), Some(known)) if outside(policy, &seen) => moved_out_of_scope(seen, known),
        (Some(seen), known) => judge_seen(policy, seen, known, refused_before),
        (None, Some(known)) => judge_missing(policy, known, absence, (rejected, row)),
        (None, None) => return None,
    };
    judgement.before = before;
    judgement.open_scope = open_scope;
    debug_assert!(next.asset == asset && next.finding == finding, "a verdict is about its own key");
    Some(JudgedFinding { next, judgement })
}

fn decided<'a>(verdict: Verdict, rule: Rule, missing: u32, send: bool) -> FindingJudgement<'a> {
    FindingJudgement { verdict, rule, missing, confirmed_by: None, before: None, open_scope: None, send }
}

/// The vendor still has it, but outside what this connection asks for: kept as it is, with its new attributes.
fn moved_out_of_scope<'a>(
    seen: Seen<'a>,
    mut known: LedgerRecord<'a>,
) -> (FindingJudgement<'a>, LedgerRecord<'a>) {
    known.scope = seen.record.scope;
    known.vendor_key = seen.record.vendor_key.or(known.vendor_key);
    (decided(Verdict::OutOfScope, Rule::ScopeNarrowed, known.missing, false), known)
}

fn judge_seen<'a>(
    policy: &Policy,
    seen: Seen<'a>,
    known: Option<LedgerRecord<'a>>,
    refused_before: bool,
) -> (FindingJudgement<'a>, LedgerRecord<'a>) {
    let Seen { record, when_asked } = seen;
    let verdict = match (record.status, &known) {
        (FindingStatus::Open, None) => Verdict::New,
        (FindingStatus::Open, Some(known)) if known.status != FindingStatus::Open => Verdict::Reopened,
        (status, Some(known)) if known.status == status && closed_alike(known) => {
            let same = known.hash == record.hash || Mutant::MissesAChange.on();
            if same { Verdict::Unchanged } else { Verdict::Changed }
        }
        (FindingStatus::Open, Some(_)) => Verdict::Changed,
        (FindingStatus::Fixed, _) => Verdict::FixedByVendor,
        (FindingStatus::Irrelevant | FindingStatus::Gone, _) => Verdict::Irrelevant,
    };
    let again = (refused_before || !policy.retain_delta) && policy.sends_findings();
    let rule = match (when_asked, verdict) {
        (true, _) => Rule::SeenWhenAsked,
        (false, Verdict::Unchanged) if again => Rule::SentAgain,
        (false, _) => Rule::Seen,
    };
    let closed = record.status != FindingStatus::Open;
    // A vendor that closes without a date: the day this was noticed, and the same day ever after.
    let noticed = || {
        let earlier = known.as_ref().filter(|known| known.closed_by == Some(ClosedBy::Vendor));
        earlier
            .and_then(|known| known.fixed_on.clone())
            .unwrap_or_else(|| Cow::Owned(policy.started_at.clone()))
    };
    let fixed_on = if closed { Some(record.fixed_on.clone().unwrap_or_else(noticed)) } else { None };
    let next = LedgerRecord {
        asset: record.asset,
        finding: record.finding,
        status: record.status,
        fixed_on,
        closed_by: closed.then_some(ClosedBy::Vendor),
        scope: record.scope,
        vendor_key: record.vendor_key,
        hash: record.hash,
        first_seen: known.map_or_else(|| policy.run.clone(), |known| known.first_seen),
        last_seen: policy.run.clone(),
        missing: 0,
        body: record.body,
    };
    let unsent = verdict == Verdict::Reopened && Mutant::DoesNotSendTheReopened.on();
    (decided(verdict, rule, 0, verdict != Verdict::Unchanged && !unsent || again), next)
}

fn closed_alike(known: &LedgerRecord<'_>) -> bool {
    known.status == FindingStatus::Open || known.closed_by == Some(ClosedBy::Vendor)
}

/// The rule that decides a missing finding whatever the vendor answers, or `None` when only its confirmed absence is missing.
/// With it, what the missing streak becomes.
fn missing_rule(
    policy: &Policy,
    known: &LedgerRecord<'_>,
    rejected: bool,
    row: RowSeen,
) -> Option<(Verdict, Rule, u32)> {
    let streak = known.missing.saturating_add(1);
    let keep = |rule| Some((Verdict::Preserved, rule, known.missing));
    if known.status != FindingStatus::Open {
        Some((Verdict::Unchanged, Rule::AlreadyClosed, known.missing))
    } else if !policy.findings_read {
        Some((Verdict::OutOfScope, Rule::StreamNotRead, known.missing))
    } else if !policy.scope.contains(&known.scope) && !Mutant::FixesUnderANarrowedFilter.on() {
        Some((Verdict::OutOfScope, Rule::ScopeNarrowed, known.missing))
    } else if !policy.complete {
        keep(Rule::RunNotComplete)
    } else if rejected && !Mutant::IgnoresAReject.on() {
        keep(Rule::RecordRejected)
    } else if row == RowSeen::OutOfScope {
        Some((Verdict::OutOfScope, Rule::ScopeNarrowed, known.missing))
    } else if row == RowSeen::Unread {
        keep(Rule::PartsUnread)
    } else if policy.scope_blocked {
        keep(Rule::ScopeBlocked)
    } else if let Some(rule) = policy.missing_findings.keeps(streak) {
        Some((Verdict::Preserved, rule, streak))
    } else if row != RowSeen::No {
        let verdict = if policy.fix_withdrawn { Verdict::Fixed } else { Verdict::Preserved };
        Some((verdict, Rule::PartWithdrawn, streak))
    } else if let Some(rule) = policy.missing_findings.without_asking(streak) {
        let closes = rule == Rule::MissingRepeatedly;
        Some((if closes { Verdict::Fixed } else { Verdict::Preserved }, rule, streak))
    } else if known.vendor_key.is_none() {
        keep(Rule::VendorKeyUnknown)
    } else {
        None
    }
}

fn judge_missing<'a>(
    policy: &Policy,
    mut known: LedgerRecord<'a>,
    absence: Absence,
    (rejected, row): (bool, RowSeen),
) -> (FindingJudgement<'a>, LedgerRecord<'a>) {
    if let Some((verdict, rule, missing)) = missing_rule(policy, &known, rejected, row) {
        known.missing = missing;
        let closed = verdict == Verdict::Fixed;
        if closed {
            close(policy, &mut known);
        }
        return (decided(verdict, rule, missing, closed), known);
    }
    let Absence::Confirmed(question) = absence else {
        return (decided(Verdict::Preserved, Rule::NotConfirmed, known.missing, false), known);
    };
    debug_assert!(policy.complete && !policy.scope_blocked && !rejected, "{I1} ({})", I1.holds);
    known.missing = known.missing.saturating_add(1);
    close(policy, &mut known);
    let judgement = decided(Verdict::Fixed, Rule::AbsenceConfirmed, known.missing, true);
    (FindingJudgement { confirmed_by: Some(question), ..judgement }, known)
}

/// Closes it as of the run's start.
fn close(policy: &Policy, known: &mut LedgerRecord<'_>) {
    known.status = FindingStatus::Fixed;
    known.fixed_on = Some(Cow::Owned(policy.started_at.clone()));
    known.closed_by = Some(ClosedBy::Absence);
}
