//! Verdicts, rules and phases in words.

use causeway_domain::definition::MapInUse;
use causeway_domain::plan::{Rule, Verdict};
use causeway_runs::Phase;

/// What a verdict means for the destination.
pub fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::New => "seen for the first time",
        Verdict::Changed => "content differs from what was last sent",
        Verdict::Unchanged => "same as last sent",
        Verdict::Reopened => "was closed; open again at the vendor",
        Verdict::FixedByVendor => "the vendor reports it resolved: closed as fixed",
        Verdict::Irrelevant => "the vendor reports it does not apply: closed as irrelevant",
        Verdict::Fixed => "missing, absence confirmed: closed as fixed",
        Verdict::Gone => "missing, absence confirmed: known as gone; nothing is sent because of it",
        Verdict::Preserved => "missing, but its status is kept",
        Verdict::OutOfScope => "outside the current filters; its status is kept",
    }
}

/// All verdicts in display order.
pub const VERDICTS: [Verdict; 10] = [
    Verdict::New,
    Verdict::Changed,
    Verdict::Unchanged,
    Verdict::Reopened,
    Verdict::FixedByVendor,
    Verdict::Irrelevant,
    Verdict::Fixed,
    Verdict::Gone,
    Verdict::Preserved,
    Verdict::OutOfScope,
];

/// All rules.
pub const RULES: [Rule; 21] = [
    Rule::Seen,
    Rule::SeenWhenAsked,
    Rule::AbsenceConfirmed,
    Rule::MissingRepeatedly,
    Rule::CannotBeAsked,
    Rule::PreserveSetting,
    Rule::RunNotComplete,
    Rule::RecordRejected,
    Rule::ScopeBlocked,
    Rule::NotConfirmed,
    Rule::VendorKeyUnknown,
    Rule::PartsUnread,
    Rule::PartWithdrawn,
    Rule::BelowStreak,
    Rule::ScopeNarrowed,
    Rule::StreamNotRead,
    Rule::AlreadyClosed,
    Rule::SentAgain,
    Rule::AssetKept,
    Rule::NamedByFindings,
    Rule::AssetUnknown,
];

/// A word as in JSON: `absence-confirmed`.
pub fn name<T: serde::Serialize>(word: T) -> String {
    let json = serde_json::to_value(word).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

/// The reason for a verdict, in words.
pub fn reason(rule: Rule) -> &'static str {
    match rule {
        Rule::Seen => "seen in this run",
        Rule::SeenWhenAsked => "not in the pages, but the vendor returned it in a direct query",
        Rule::AbsenceConfirmed => "confirmed absent: the vendor did not return it in a direct query",
        Rule::MissingRepeatedly => {
            "missing in enough complete runs in a row; the vendor cannot be asked for it (close_unasked_after_runs)"
        }
        Rule::CannotBeAsked => {
            "the vendor cannot be asked for it, and no close_unasked_after_runs says when that closes it"
        }
        Rule::PreserveSetting => {
            "Preserve Findings Missing in Latest Sync is on; for assets, preserve_missing_assets"
        }
        Rule::RunNotComplete => "the run was incomplete or a replay, so absence proves nothing",
        Rule::RecordRejected => "one of its records was rejected, so it may still exist",
        Rule::ScopeBlocked => "a record without a readable key was rejected, so it may still exist",
        Rule::NotConfirmed => "the direct query failed, or its answer proved nothing",
        Rule::VendorKeyUnknown => {
            "an earlier version stored it without the vendor's own key; it must be seen again before it can be closed"
        }
        Rule::PartsUnread => {
            "the vulnerability is still reported on the device, but its CVE list is empty or unreadable, which proves nothing"
        }
        Rule::PartWithdrawn => {
            "the vulnerability is still reported on the device, but the vendor removed this CVE from it (fix_withdrawn_cves)"
        }
        Rule::BelowStreak => {
            "not yet missing for enough runs (fix_after_missing_runs; for assets, gone_after_missing_runs)"
        }
        Rule::ScopeNarrowed => "excluded by the current filters, which does not prove it fixed",
        Rule::StreamNotRead => "findings are no longer read (data_to_sync)",
        Rule::AlreadyClosed => "already closed; its absence changes nothing",
        Rule::SentAgain => "resent: the destination refused it last time, or Retain Delta is off",
        Rule::AssetKept => "kept as it is",
        Rule::NamedByFindings => "its own record is missing, but the vendor still reports findings on it",
        Rule::AssetUnknown => {
            "only findings refer to this asset; withheld with them until its own record can be read"
        }
    }
}

/// A map of a run: `assets by plant-assets v2 (9f86d081884c)`.
pub fn map_in_use(map: &MapInUse) -> String {
    let name = map.name.split('@').next().filter(|_| map.version.is_some()).unwrap_or(&map.name);
    let version = map.version.map(|version| format!(" v{version}")).unwrap_or_default();
    format!("{} by {name}{version} ({})", map.role, map.hash)
}

/// The current phase of a run, in words.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Fetching => "reading pages",
        Phase::CatchingUp => "recounting and closing gaps",
        Phase::Confirming => "querying the vendor for missing records",
        Phase::Planning => "comparing with the ledger",
        Phase::Delivering => "delivering",
        Phase::Ended => "done",
    }
}
