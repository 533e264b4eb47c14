//! Verdicts, rules and phases in words.

use causeway_domain::definition::MapInUse;
use causeway_domain::plan::{Rule, Verdict};
use causeway_runs::Phase;

/// What a verdict means for the destination.
pub(crate) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::New => "seen for the first time",
        Verdict::Changed => "its content differs from what was last sent",
        Verdict::Unchanged => "the same as last sent",
        Verdict::Reopened => "was closed, is open at the vendor again",
        Verdict::FixedByVendor => "the vendor says it is resolved: closed as fixed",
        Verdict::Irrelevant => "the vendor says it does not apply: closed as irrelevant",
        Verdict::Fixed => "missing, and its absence was confirmed: closed as fixed",
        Verdict::Preserved => "missing, but kept as it was",
        Verdict::OutOfScope => "outside the present filters, kept as it was",
    }
}

/// All verdicts in the order in which they are told.
pub(crate) const VERDICTS: [Verdict; 9] = [
    Verdict::New,
    Verdict::Changed,
    Verdict::Unchanged,
    Verdict::Reopened,
    Verdict::FixedByVendor,
    Verdict::Irrelevant,
    Verdict::Fixed,
    Verdict::Preserved,
    Verdict::OutOfScope,
];

/// All rules.
pub(crate) const RULES: [Rule; 18] = [
    Rule::Seen,
    Rule::SeenWhenAsked,
    Rule::AbsenceConfirmed,
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
    Rule::AssetUnknown,
];

/// A word as JSON has it: `absence-confirmed`.
pub(crate) fn name<T: serde::Serialize>(word: T) -> String {
    let json = serde_json::to_value(word).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

/// Why a verdict was reached.
pub(crate) fn reason(rule: Rule) -> &'static str {
    match rule {
        Rule::Seen => "it was in the pages of this run",
        Rule::SeenWhenAsked => {
            "it was not in the pages, but the vendor returned it when asked for exactly it"
        }
        Rule::AbsenceConfirmed => "confirmed absent: the vendor did not return it in a direct query",
        Rule::PreserveSetting => "Preserve Findings Missing in Latest Sync is on",
        Rule::RunNotComplete => "the run did not see everything, or was a replay: absence proves nothing",
        Rule::RecordRejected => "a record of it was rejected, so it may be there",
        Rule::ScopeBlocked => "a record without a readable key was rejected, so it may be there",
        Rule::NotConfirmed => "the vendor could not be asked for it, or its answer proved nothing",
        Rule::VendorKeyUnknown => {
            "an earlier version recorded it without the vendor's own key; it must be seen once more before it can be closed"
        }
        Rule::PartsUnread => {
            "its vulnerability is still reported on the device, but the list of CVEs is empty or unreadable: that withdraws nothing"
        }
        Rule::PartWithdrawn => {
            "its vulnerability is still reported on the device, but no longer with this CVE: the vendor withdrew it (fix_withdrawn_cves)"
        }
        Rule::BelowStreak => "it has not been missing for enough runs yet (fix_after_missing_runs)",
        Rule::ScopeNarrowed => "the filters no longer ask for it; hiding is not fixing",
        Rule::StreamNotRead => "findings are not read any more (data_to_sync)",
        Rule::AlreadyClosed => "it was closed before; its absence changes nothing",
        Rule::SentAgain => "its last delivery was refused, or Retain Delta is off: sent again",
        Rule::AssetKept => "assets that are missing are kept",
        Rule::AssetUnknown => {
            "only findings name it: it is kept back with them until its own record can be read"
        }
    }
}

/// A map of a run: `assets by plant-assets v2 (9f86d081884c)`.
pub(crate) fn map_in_use(map: &MapInUse) -> String {
    let name = map.name.split('@').next().filter(|_| map.version.is_some()).unwrap_or(&map.name);
    let version = map.version.map(|version| format!(" v{version}")).unwrap_or_default();
    format!("{} by {name}{version} ({})", map.role, map.hash)
}

/// What a run is busy with.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Fetching => "reading pages",
        Phase::CatchingUp => "counting again and closing gaps",
        Phase::Confirming => "asking the vendor for the missing findings",
        Phase::Planning => "comparing with the ledger",
        Phase::Delivering => "delivering",
        Phase::Ended => "done",
    }
}
