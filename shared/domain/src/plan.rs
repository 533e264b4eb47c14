//! The plan: what reconciling found and what will be done about it. Immutable, made once, executed idempotently.

use crate::delivery::{DeliveryPlan, Phase};
use crate::run::Generation;
use crate::{Failure, FindingKey, RunId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What reconciling says of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Not in the ledger.
    New,
    /// In the ledger with another content.
    Changed,
    /// In the ledger with the same content.
    Unchanged,
    /// Closed in the ledger, open at the vendor again.
    Reopened,
    /// The vendor says it is resolved.
    FixedByVendor,
    /// The vendor says it does not apply.
    Irrelevant,
    /// Missing, absence confirmed, setting says close: becomes Fixed.
    Fixed,
    /// An asset that is missing, absence confirmed: the ledger has it as gone. Nothing is sent because of it.
    Gone,
    /// Missing and kept as it is; the rule says why.
    Preserved,
    /// Outside the present scope: kept, reported, closed by a person or not at all.
    OutOfScope,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Reopened => "reopened",
            Self::FixedByVendor => "fixed by vendor",
            Self::Irrelevant => "irrelevant",
            Self::Fixed => "fixed",
            Self::Gone => "gone",
            Self::Preserved => "preserved",
            Self::OutOfScope => "out of scope",
        })
    }
}

/// The rule that led to a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// It was in this run's pages.
    Seen,
    /// It was not in the pages, but the vendor returned it when asked for exactly it.
    SeenWhenAsked,
    /// Missing, and the vendor did not return it when asked for exactly it.
    AbsenceConfirmed,
    /// Missing in enough complete runs in a row, at a vendor that cannot be asked for single records.
    MissingRepeatedly,
    /// Missing at a vendor that cannot be asked for single records, and no setting says after how many runs to close.
    CannotBeAsked,
    /// *Preserve Findings Missing in Latest Sync* is on, or the same setting for assets.
    PreserveSetting,
    /// Coverage of its stream is not complete (I-1, I-3).
    RunNotComplete,
    /// A record of its key or of its asset was rejected (I-7).
    RecordRejected,
    /// A record without a readable key was rejected in its scope (I-7).
    ScopeBlocked,
    /// The vendor could not be asked for it, or the answer proves nothing.
    NotConfirmed,
    /// The ledger was written before the vendor's own key was kept, so the vendor cannot be asked for it.
    VendorKeyUnknown,
    /// Its row was seen, but the list that the row's findings are made of could not be read (I-7).
    PartsUnread,
    /// Its row was seen, and the row's list of findings, which was read, does not have it any more.
    PartWithdrawn,
    /// Not missing for long enough yet.
    BelowStreak,
    /// Its recorded attributes lie outside the present scope.
    ScopeNarrowed,
    /// Its stream is not read any more (*Data to Sync: Assets*).
    StreamNotRead,
    /// Already closed; its absence changes nothing.
    AlreadyClosed,
    /// Its last delivery was refused, or *Retain Delta* is off, so it is sent again.
    SentAgain,
    /// An asset that is kept as it is. Earlier versions kept each missing asset by this rule.
    AssetKept,
    /// The asset's own record is missing, but the vendor still reports findings on it.
    NamedByFindings,
    /// Only findings name the asset; it is kept back with them until a record of its own was read.
    AssetUnknown,
}

/// One line of `plan/verdicts-<n>…`: every verdict except *unchanged*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRecord {
    /// Which finding; an empty finding id is the asset itself.
    #[serde(flatten)]
    pub key: FindingKey,
    /// The verdict.
    pub verdict: Verdict,
    /// The rule behind it.
    pub rule: Rule,
    /// The run that last saw it before this one; `None` for a new one.
    pub last_seen: Option<RunId>,
    /// Complete runs in a row that missed it, this one included.
    pub missing: u32,
    /// The confirming question whose answer this rests on (`confirm/<n>`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<u32>,
}

/// Verdicts counted, by verdict and by rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictCounts {
    /// How often each verdict was reached.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// How often each rule decided.
    pub rules: BTreeMap<Rule, u64>,
}

impl VerdictCounts {
    /// Counts one verdict.
    pub fn add(&mut self, verdict: Verdict, rule: Rule) {
        self.add_many(verdict, rule, 1);
    }

    /// Counts the same verdict so many times.
    pub fn add_many(&mut self, verdict: Verdict, rule: Rule, times: u64) {
        if times > 0 {
            *self.verdicts.entry(verdict).or_default() += times;
            *self.rules.entry(rule).or_default() += times;
        }
    }

    /// How often `verdict` was reached.
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }
}

/// `runs/<connection>/<run>/plan.json`: put-if-absent (I-4). Everything it names was written before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The run.
    pub run: RunId,
    /// Its number.
    pub generation: Generation,
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Keys of the verdict lists.
    pub verdicts: Vec<String>,
    /// The batches to send.
    pub deliveries: Vec<DeliveryPlan>,
    /// Key of the index of the ledger that the commit puts in force.
    pub ledger_index: String,
    /// Why a person must approve it first (I-8); empty when nobody must.
    pub held: Vec<Failure>,
}

impl Plan {
    /// The batches of `phase`, in order.
    pub fn batches(&self, phase: Phase) -> impl Iterator<Item = &DeliveryPlan> {
        self.deliveries.iter().filter(move |batch| batch.phase == phase)
    }
}

/// `connections/<connection>/ledger/<generation>/index-<hash>.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerIndex {
    /// Segments in key order.
    pub segments: Vec<LedgerSegment>,
    /// Open findings by scope, for the guards (I-8).
    pub open: Vec<ScopeCount>,
}

/// One immutable part of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSegment {
    /// Object key.
    pub key: String,
    /// First record key in it.
    pub first: FindingKey,
    /// Last record key in it.
    pub last: FindingKey,
    /// Records in it.
    pub records: u64,
}

/// Records of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCount {
    /// Device category.
    pub category: Option<String>,
    /// Site name.
    pub site: Option<String>,
    /// Assets known.
    pub assets: u64,
    /// Findings open.
    pub findings: u64,
}
