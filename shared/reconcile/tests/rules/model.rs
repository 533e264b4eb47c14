//! The rules, stated naively: every rule is one line of a table, the first that holds decides.

use crate::situation::{Line, MINIMAL, Results, Row, Situation, key};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingKey, FindingStatus, Scope};
use causeway_reconcile::{MissingPolicy, Policy, Proof};
use std::collections::BTreeMap;

/// A verdict, the next ledger line, and whether the asset must be sent because of it.
type Decision = (Verdict, Rule, Option<u32>, Line, bool);

/// What must come of `situation`.
pub(crate) fn expected(situation: &Situation) -> Results {
    let mut results = Results::default();
    for asset in situation.assets() {
        let decisions = decide(situation, &asset);
        // An asset without a record of its own is kept back with its findings.
        let unknown = decisions.get(&key(&asset, "")).is_some_and(|(.., line, _)| line.hash == MINIMAL);
        if !unknown && decisions.values().any(|(.., send)| *send) {
            let findings = decisions.iter().filter(|(key, _)| !key.finding.is_empty());
            let sent = findings
                .map(|(key, (.., line, _))| (key.finding.clone(), (line.status, line.fixed_on.clone())));
            results.sent.insert(asset, sent.collect());
        }
        for (key, (verdict, rule, question, line, _)) in decisions {
            if verdict != Verdict::Unchanged {
                results.verdicts.insert(key.clone(), (verdict, rule, question));
            }
            results.ledger.insert(key, line);
        }
    }
    results
}

fn decide(s: &Situation, asset: &str) -> BTreeMap<FindingKey, Decision> {
    let keys = s.seen.keys().chain(s.ledger.keys()).filter(|key| key.asset == asset);
    let mut decisions: BTreeMap<FindingKey, Decision> =
        keys.filter_map(|key| Some((key.clone(), decide_one(s, key)?))).collect();
    let own = key(asset, "");
    // An asset that is known through its findings only gets a line of its own, so that they have something to hang on.
    if !decisions.is_empty() && !decisions.contains_key(&own) {
        let body = format!("{{\"externalId\":\"{asset}\"}}");
        let row = Row {
            status: FindingStatus::Open,
            fixed_on: None,
            scope: Scope::default(),
            value: 0,
            when_asked: false,
            row: 0,
            parts_read: PartsRead::All,
        };
        let line = Line { hash: MINIMAL.to_owned(), body, row: None, ..next_line(&s.policy, &row, None) };
        decisions.insert(own.clone(), (Verdict::New, Rule::AssetUnknown, None, line, true));
    }
    let closed = |(key, (.., line, _)): (&FindingKey, &Decision)| {
        key.finding.is_empty() || line.status != FindingStatus::Open
    };
    let nothing_open = decisions.iter().all(closed);
    if let Some((_, rule, ..)) =
        decisions.get_mut(&own).filter(|(_, rule, ..)| *rule == Rule::AssetUnknown && nothing_open)
    {
        *rule = Rule::AssetKept;
    }
    decisions
}

fn decide_one(s: &Situation, key: &FindingKey) -> Option<Decision> {
    let is_asset = key.finding.is_empty();
    match (s.seen.get(key), s.ledger.get(key)) {
        (Some(row), known) if row.when_asked && !in_scope(&s.policy, &row.scope) => {
            // It moved out of what is asked for; one that was never known is nobody's business.
            let known = known?;
            let known = if is_asset { opened(known) } else { known.clone() };
            let moved = Line {
                scope: row.scope.clone(),
                row: if is_asset { known.row } else { Some(row.row) },
                ..known
            };
            let refused = is_asset && s.refused.contains(&key.asset);
            Some((Verdict::OutOfScope, Rule::ScopeNarrowed, None, moved, refused))
        }
        (Some(row), None) if !is_asset && stands_for_others(s, key, row) => None,
        (Some(row), known) => Some(seen(s, key, row, known)),
        (None, Some(known)) if is_asset => Some(missing_asset(s, key, known)),
        (None, Some(known)) => Some(missing_finding(s, key, known)),
        (None, None) => None,
    }
}

fn seen(s: &Situation, key: &FindingKey, row: &Row, known: Option<&Line>) -> Decision {
    let same_state = known.is_some_and(|k| k.status == row.status && k.closed_by != Some(ClosedBy::Absence));
    let verdict = match (row.status, known) {
        (_, Some(known)) if same_state && known.hash == row.hash() => Verdict::Unchanged,
        (_, Some(_)) if same_state => Verdict::Changed,
        (FindingStatus::Fixed, _) => Verdict::FixedByVendor,
        (FindingStatus::Irrelevant | FindingStatus::Gone, _) => Verdict::Irrelevant,
        (FindingStatus::Open, None) => Verdict::New,
        (FindingStatus::Open, Some(_)) => Verdict::Reopened,
    };
    let again = s.refused.contains(&key.asset) || !s.policy.retain_delta;
    let rule = match verdict {
        _ if row.when_asked => Rule::SeenWhenAsked,
        Verdict::Unchanged if again => Rule::SentAgain,
        _ => Rule::Seen,
    };
    // An asset that is back as it was is nothing to tell: nobody was told that it was gone.
    let back = key.finding.is_empty() && known.is_some_and(|known| known.hash == row.hash());
    let send = verdict != Verdict::Unchanged && !back || again;
    (verdict, rule, None, next_line(&s.policy, row, known), send)
}

fn next_line(policy: &Policy, row: &Row, known: Option<&Line>) -> Line {
    let closed = row.status != FindingStatus::Open;
    // Closed without a date: since the day that was noticed, and that day does not move.
    let noticed = known.filter(|k| k.closed_by == Some(ClosedBy::Vendor)).and_then(|k| k.fixed_on.clone());
    let since = row.fixed_on.clone().or(noticed).unwrap_or(policy.started_at.clone());
    Line {
        status: row.status,
        fixed_on: closed.then_some(since),
        closed_by: closed.then_some(ClosedBy::Vendor),
        scope: row.scope.clone(),
        hash: row.hash(),
        body: row.body(),
        first_seen: known.map_or(policy.run.clone(), |known| known.first_seen.clone()),
        last_seen: policy.run.clone(),
        missing: 0,
        row: Some(row.row),
    }
}

fn opened(known: &Line) -> Line {
    Line { status: FindingStatus::Open, fixed_on: None, closed_by: None, ..known.clone() }
}

fn missing_asset(s: &Situation, key: &FindingKey, known: &Line) -> Decision {
    let policy = &s.policy;
    let streak = known.missing + 1;
    let named = s.seen.keys().any(|other| other.asset == key.asset && !other.finding.is_empty());
    let question = s.absent.get(key).copied();
    let refused = s.refused.contains(&key.asset);
    let (unasked, closes) = unasked(&policy.missing_assets, streak);
    let reasons = [
        (known.hash == MINIMAL, Verdict::Unchanged, Rule::AssetUnknown, known.missing),
        (
            known.status == FindingStatus::Gone && named,
            Verdict::Reopened,
            Rule::NamedByFindings,
            known.missing,
        ),
        (known.status == FindingStatus::Gone, Verdict::Unchanged, Rule::AlreadyClosed, known.missing),
        (!in_scope(policy, &known.scope), Verdict::OutOfScope, Rule::ScopeNarrowed, known.missing),
        (!policy.complete, Verdict::Preserved, Rule::RunNotComplete, known.missing),
        (s.rejected.contains(key), Verdict::Preserved, Rule::RecordRejected, known.missing),
        (named, Verdict::Preserved, Rule::NamedByFindings, known.missing),
        (policy.scope_blocked, Verdict::Preserved, Rule::ScopeBlocked, known.missing),
        (policy.missing_assets.preserve, Verdict::Preserved, Rule::PreserveSetting, streak),
        (streak < policy.missing_assets.after, Verdict::Preserved, Rule::BelowStreak, streak),
        (unasked.is_some() && !closes, Verdict::Preserved, unasked.unwrap_or(Rule::Seen), streak),
        (unasked.is_none() && known.row.is_none(), Verdict::Preserved, Rule::VendorKeyUnknown, known.missing),
        (unasked.is_none() && question.is_none(), Verdict::Preserved, Rule::NotConfirmed, known.missing),
    ];
    if let Some((_, verdict, rule, missing)) = reasons.into_iter().find(|(holds, ..)| *holds) {
        let line = if verdict == Verdict::Reopened { opened(known) } else { known.clone() };
        return (verdict, rule, None, Line { missing, ..line }, refused);
    }
    let line = Line {
        status: FindingStatus::Gone,
        fixed_on: Some(policy.started_at.clone()),
        closed_by: Some(ClosedBy::Absence),
        missing: streak,
        ..known.clone()
    };
    let (rule, question) = unasked.map_or((Rule::AbsenceConfirmed, question), |rule| (rule, None));
    (Verdict::Gone, rule, question, line, refused)
}

/// Of a vendor that cannot be asked: the rule, and whether it closes.
fn unasked(policy: &MissingPolicy, streak: u32) -> (Option<Rule>, bool) {
    match policy.proof {
        Proof::Answer => (None, false),
        Proof::Runs(None) => (Some(Rule::CannotBeAsked), false),
        Proof::Runs(Some(runs)) if streak < runs => (Some(Rule::BelowStreak), false),
        Proof::Runs(Some(_)) => (Some(Rule::MissingRepeatedly), true),
    }
}

fn missing_finding(s: &Situation, missing: &FindingKey, known: &Line) -> Decision {
    use Verdict::{OutOfScope, Preserved, Unchanged};
    let policy = &s.policy;
    let streak = known.missing + 1;
    let rejected = s.rejected.contains(missing) || s.rejected.contains(&key(&missing.asset, ""));
    let question = s.absent.get(missing).copied();
    let (there, inside, read) = row_of(s, missing, known);
    let withdrawn = there && inside && read;
    let (unasked, closes) = unasked(&policy.missing_findings, streak);
    let asked = !withdrawn && unasked.is_none();
    let reasons = [
        (known.status != FindingStatus::Open, Unchanged, Rule::AlreadyClosed, known.missing),
        (!policy.findings_read, OutOfScope, Rule::StreamNotRead, known.missing),
        (!in_scope(policy, &known.scope), OutOfScope, Rule::ScopeNarrowed, known.missing),
        (!policy.complete, Preserved, Rule::RunNotComplete, known.missing),
        (rejected, Preserved, Rule::RecordRejected, known.missing),
        (there && !inside, OutOfScope, Rule::ScopeNarrowed, known.missing),
        (there && !read, Preserved, Rule::PartsUnread, known.missing),
        (policy.scope_blocked, Preserved, Rule::ScopeBlocked, known.missing),
        (policy.missing_findings.preserve, Preserved, Rule::PreserveSetting, streak),
        (streak < policy.missing_findings.after, Preserved, Rule::BelowStreak, streak),
        (withdrawn && !policy.fix_withdrawn, Preserved, Rule::PartWithdrawn, streak),
        (!withdrawn && unasked.is_some() && !closes, Preserved, unasked.unwrap_or(Rule::Seen), streak),
        (asked && known.row.is_none(), Preserved, Rule::VendorKeyUnknown, known.missing),
        (asked && question.is_none(), Preserved, Rule::NotConfirmed, known.missing),
    ];
    if let Some((_, verdict, rule, missing)) = reasons.into_iter().find(|(holds, ..)| *holds) {
        return (verdict, rule, None, Line { missing, ..known.clone() }, false);
    }
    let line = Line {
        status: FindingStatus::Fixed,
        fixed_on: Some(policy.started_at.clone()),
        closed_by: Some(ClosedBy::Absence),
        missing: streak,
        ..known.clone()
    };
    let (rule, question) = match unasked {
        _ if withdrawn => (Rule::PartWithdrawn, None),
        Some(rule) => (rule, None),
        None => (Rule::AbsenceConfirmed, question),
    };
    (Verdict::Fixed, rule, question, line, true)
}

/// Of the row that a missing finding was made of: whether it was seen, whether inside the scope, and with a readable list.
fn row_of(s: &Situation, missing: &FindingKey, known: &Line) -> (bool, bool, bool) {
    let same = |(key, row): &(&FindingKey, &Row)| {
        key.asset == missing.asset && !key.finding.is_empty() && known.row == Some(row.row)
    };
    let rows: Vec<&Row> = s.seen.iter().filter(same).map(|(_, row)| row).collect();
    let inside = rows.iter().any(|row| !row.when_asked || in_scope(&s.policy, &row.scope));
    let read = rows.iter().all(|row| row.parts_read == PartsRead::All);
    (!rows.is_empty(), inside, read)
}

/// A row whose list could not be read makes no finding next to those that it is known by.
fn stands_for_others(s: &Situation, key: &FindingKey, row: &Row) -> bool {
    let finding = |other: &FindingKey| other.asset == key.asset && !other.finding.is_empty();
    let open = |line: &Line| line.status == FindingStatus::Open && line.row == Some(row.row);
    let read = |other: &Row| other.parts_read != PartsRead::None && other.row == row.row;
    // What nobody asked for makes no finding, so nothing stands next to it.
    let counts = |other: &FindingKey, row: &Row| {
        !row.when_asked || in_scope(&s.policy, &row.scope) || s.ledger.contains_key(other)
    };
    row.parts_read == PartsRead::None
        && (s.ledger.iter().any(|(other, line)| finding(other) && open(line))
            || s.seen.iter().any(|(other, seen)| finding(other) && read(seen) && counts(other, seen)))
}

/// Outside is what carries an attribute that was not asked for; an attribute that was not given excludes nothing.
pub(crate) fn in_scope(policy: &Policy, scope: &Scope<'_>) -> bool {
    let asked = &policy.scope;
    let category = scope
        .category
        .as_deref()
        .is_none_or(|c| c.trim().is_empty() || asked.categories.is_empty() || asked.categories.contains(c));
    let retired = scope.retired.is_none() || asked.retired.is_none() || asked.retired == scope.retired;
    category && retired
}
