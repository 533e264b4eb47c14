//! Coverage: the proof of what a run saw.
//!
//! Pages overlap by one row. When the first row of every page lies inside the page before it, the pages form one
//! unbroken stretch of the vendor's order, and a record that existed throughout cannot have slipped between them,
//! however the table moved. Counts alone cannot show that: a row deleted behind the reader and one inserted ahead of
//! it cancel out.

use crate::page::{DroppedField, Stream};
use serde::{Deserialize, Serialize};

/// `runs/<connection>/<run>/coverage.json`, one entry per stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamCoverage {
    /// The stream.
    pub stream: Stream,
    /// The evidence that its pages give; seams in coverage of earlier versions.
    #[serde(default)]
    pub evidence: Evidence,
    /// The vendor's count when the run started, if it has one.
    pub count_at_start: Option<u64>,
    /// The vendor's count after the last page.
    pub count_at_end: Option<u64>,
    /// Pages read, catch-up included, confirming questions not.
    pub pages: u64,
    /// Rows fetched, repeats included.
    pub fetched: u64,
    /// Different rows among them, rejected ones included.
    pub distinct: u64,
    /// Records staged, repeats included.
    pub staged: u64,
    /// Rows rejected, repeats included.
    pub rejected: u64,
    /// Different rows rejected; unknown to coverage of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_distinct: Option<u64>,
    /// Of them without a readable key; they block fixing in the whole scope (I-7).
    pub rejected_without_key: u64,
    /// Rows that the vendor could not even answer with, one sentence each. Whatever they may be is not closed, so the
    /// coverage is complete without them, but the run is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Reads that closed gaps.
    pub catch_up_pages: u64,
    /// Fields the vendor refused.
    pub dropped_fields: Vec<DroppedField>,
    /// Why this coverage is not complete, one sentence each; empty when it is (I-3).
    pub gaps: Vec<String>,
}

/// Evidence that no row was missed between the pages of a stream. Counts are compared as well, where the vendor gives any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Each page begins inside the one before it.
    #[default]
    Seams,
    /// Ids ascend strictly, each above the cursor it was asked with, to the end of each chain.
    Keyset,
    /// The vendor's own marks lead from the first page to its end without a break.
    Chain,
}

impl StreamCoverage {
    /// Whether every record that existed throughout the run was seen.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
