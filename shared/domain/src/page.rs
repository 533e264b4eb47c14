//! Pages: the unit of fetch work, and the summary that makes a staged page count.

use crate::reading::Link;
use crate::schema::FieldsSeen;
use crate::work::WorkName;
use crate::{Failure, RowKey, Unreadable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What is paged inside a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// One record per device.
    Assets,
    /// One record per vulnerability finding on a device.
    Findings,
}

impl Stream {
    /// All streams, in the order in which they are read.
    pub const ALL: [Self; 2] = [Self::Assets, Self::Findings];

    /// Reads a name that [`Self`] prints.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.to_string() == name)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Assets => "assets",
            Self::Findings => "findings",
        })
    }
}

/// Why a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "series", content = "round")]
pub enum Series {
    /// The pages of the manifest.
    Main,
    /// The pages of a chain.
    Chain(Chain),
    /// Reads that close a gap which a moving table left; round 1, 2, …
    CatchUp(u16),
    /// Questions for exactly the missing records (I-1).
    Confirm,
}

/// One of a stream's chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Chain {
    /// Which of the chains that are read side by side, from 0.
    pub lane: u16,
    /// How often it was begun anew because its cursor had expired.
    pub restart: u16,
}

impl Series {
    /// Whether its pages are what a run set out to read.
    pub const fn is_planned(&self) -> bool {
        matches!(self, Self::Main | Self::Chain(_))
    }

    /// Reads a name that [`Self`] prints.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "main" => Some(Self::Main),
            "confirm" => Some(Self::Confirm),
            _ => match name.strip_prefix("chain-").and_then(|chain| chain.split_once('-')) {
                Some((lane, restart)) => {
                    Some(Self::Chain(Chain { lane: lane.parse().ok()?, restart: restart.parse().ok()? }))
                }
                None => name.strip_prefix("catch-up-")?.parse().ok().map(Self::CatchUp),
            },
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Chain(Chain { lane, restart }) => write!(f, "chain-{lane}-{restart}"),
            Self::CatchUp(round) => write!(f, "catch-up-{round}"),
            Self::Confirm => f.write_str("confirm"),
        }
    }
}

/// Names one page of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageId {
    /// Stream it belongs to.
    pub stream: Stream,
    /// Why it is read.
    #[serde(flatten)]
    pub series: Series,
    /// Number inside its series, from 0.
    pub number: u32,
}

impl PageId {
    /// The page that holds the answer to confirming question `number` about records of `stream`.
    pub const fn answer(stream: Stream, number: u32) -> Self {
        Self { stream, series: Series::Confirm, number }
    }

    /// Reads a name that [`Self`] prints.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '/');
        let (stream, series, number) = (parts.next()?, parts.next()?, parts.next()?);
        let (stream, series) = (Stream::parse(stream)?, Series::parse(series)?);
        let page = Self { stream, series, number: number.parse().ok()? };
        (page.to_string() == name).then_some(page)
    }
}

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{:06}", self.stream, self.series, self.number)
    }
}

/// Where a page lies in the vendor's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Rows to skip.
    pub offset: u64,
    /// Rows to ask for.
    pub limit: u32,
}

impl Window {
    /// The row after its last one.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.limit.into())
    }
}

/// A vendor field that the vendor refused and the run went on without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DroppedField {
    /// Stream whose request named it.
    pub stream: Stream,
    /// The field's name on the wire.
    pub field: String,
}

/// A vendor record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Asset it speaks of, when that much could be read.
    pub asset: Option<String>,
    /// Finding it speaks of, when that could be read; always `None` in the assets stream.
    pub finding: Option<String>,
    /// The vendor's own key of the row, when it could be read: every finding made of that row is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_key: Option<crate::VendorKey>,
    /// Row inside the page, from 0.
    pub row: u64,
    /// Whether the vendor could not even answer with it: such a row makes a run partial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    /// Why, as one sentence: which map row, which path, what was found.
    pub reason: String,
}

/// A page that was fetched, transformed and stored. A page counts once its summary exists (I-2); the data objects it
/// names carry their content hash, so a duplicate fetch with other bytes changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSummary {
    /// The page.
    pub page: PageId,
    /// Where it was read; `None` for a confirming question and in a chain.
    pub window: Option<Window>,
    /// Its place in a chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Rows the vendor returned.
    pub fetched: u64,
    /// Rows that became at least one record. `fetched = mapped + rejected` (I-3).
    pub mapped: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Records staged; more than `mapped` where one row carries several CVEs.
    pub staged: u64,
    /// Vendor key of the first row, in the vendor's own order.
    pub first: Option<RowKey>,
    /// Vendor keys of the last rows, in the vendor's own order: at most [`TAIL`], of a catch-up read all.
    pub tail: Vec<RowKey>,
    /// What stands for the keys of rows without a readable one, in the vendor's own order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyless: Vec<RowKey>,
    /// The vendor's count of all rows, when it gave one.
    pub vendor_count: Option<u64>,
    /// Smallest and largest record key staged.
    pub key_range: Option<(crate::FindingKey, crate::FindingKey)>,
    /// Key of the staged records; `None` when there are none.
    pub data: Option<String>,
    /// Size of the staged records before compression, in bytes; bounds what a merge opens at once.
    pub data_bytes: u64,
    /// Key of the rejects; `None` when there are none.
    pub rejects: Option<String>,
    /// Key of the answer as the vendor sent it, compressed, when the connection keeps it for replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Fields dropped since the manifest was written.
    pub dropped_fields: Vec<DroppedField>,
    /// When the answer was complete.
    pub observed_at: Timestamp,
    /// What it cost.
    pub traffic: Traffic,
    /// How it went.
    #[serde(default)]
    pub figures: PageFigures,
    /// For a confirming question: whether the answer can be trusted, see `Confirmation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// For a confirming question about findings: sites of which an asset was returned right after the answer, so that the
    /// token still saw them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub visible_sites: BTreeSet<String>,
}

/// How many of a page's last row keys its summary keeps, to prove that the next page starts inside this one.
pub const TAIL: usize = 16;

/// Most bytes that the records of one page, or any other stored list, have unpacked. What would be more is not stored,
/// and what claims to be more is not read, so that neither a vendor's answer nor a damaged object fills the memory.
pub const MAX_STAGED_BYTES: u64 = 256 << 20;

/// How reading and transforming a page went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageFigures {
    /// How often its message was received until it was staged; more than once after a failure.
    pub attempts: u32,
    /// Milliseconds from the wish to ask to the complete answer, waiting included.
    pub fetch_ms: u64,
    /// Milliseconds of transforming.
    pub transform_ms: u64,
    /// Values that could not be read and count as absent.
    pub unreadable_values: u64,
    /// The same by field.
    #[serde(skip_serializing_if = "Unreadable::is_empty")]
    pub unreadable: Unreadable,
    /// The fields of some of its rows; of few pages only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<FieldsSeen>,
}

/// Requests and bytes of a piece of work that was done; attempts that failed as a whole are not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// HTTP requests sent.
    pub requests: u64,
    /// Of them repeated after a failure.
    pub retries: u64,
    /// Bytes of answer bodies, decompressed.
    pub bytes: u64,
    /// Bytes of request bodies.
    pub sent_bytes: u64,
    /// Milliseconds spent waiting for a rate limit, ours or the other side's.
    pub waited_ms: u64,
    /// Of them because the other side asked for a pause (429, `Retry-After`).
    pub asked_ms: u64,
    /// Milliseconds of our own pauses before a request was repeated.
    pub backoff_ms: u64,
    /// Answers that asked to slow down.
    pub limited: u64,
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.retries = self.retries.saturating_add(other.retries);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.sent_bytes = self.sent_bytes.saturating_add(other.sent_bytes);
        self.waited_ms = self.waited_ms.saturating_add(other.waited_ms);
        self.asked_ms = self.asked_ms.saturating_add(other.asked_ms);
        self.backoff_ms = self.backoff_ms.saturating_add(other.backoff_ms);
        self.limited = self.limited.saturating_add(other.limited);
    }
}

/// Whether the answer to a confirming question proves absence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer", content = "reason")]
pub enum Confirmation {
    /// A control record that is known to exist was in the answer, so what is not in it is absent.
    Trusted,
    /// The answer proves nothing: no control record came back, or foreign rows did.
    Untrusted(String),
}

/// `counts/<stream>/<round>.json`: the vendor's count of a stream after a round of catch-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Rows in scope; `None` when the vendor gave no count.
    pub rows: Option<u64>,
    /// When the answer was complete.
    pub observed_at: Timestamp,
    /// Milliseconds from the wish to ask to the complete answer, waiting included.
    pub took_ms: u64,
    /// What it cost.
    pub traffic: Traffic,
}

/// `failures/<work>.json`: work that will not be tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The failed work.
    pub work: WorkName,
    /// How often it was received.
    pub receives: u32,
    /// The last failure.
    pub failure: Failure,
    /// When it was given up.
    pub at: Timestamp,
}
