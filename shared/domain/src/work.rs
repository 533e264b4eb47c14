//! Names of the work of a run, as failures and logs carry them. A name prints and parses.

use crate::page::{Chain, PageId, Series, Stream};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The name of a piece of work that can fail: `findings/main/000012`, `findings/count/001`, `delivery/000003`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkName {
    /// A page, or the answer to a confirming question.
    Page(PageId),
    /// The vendor's count of a stream after a round of catch-up.
    Count(Stream, u16),
    /// A batch, by its number.
    Delivery(u32),
}

impl WorkName {
    /// Reads a name that [`Self`] prints, and the name that a count had in earlier versions.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        Some(match (parts.next()?, parts.next()?, parts.next()) {
            ("delivery", number, None) => Self::Delivery(number.parse().ok()?),
            (stream, "count", Some(round)) => Self::Count(Stream::parse(stream)?, round.parse().ok()?),
            (stream, series, Some("000000")) if series.starts_with(EARLIER_COUNT) => {
                let round = series.strip_prefix(EARLIER_COUNT)?;
                Self::Count(Stream::parse(stream)?, round.parse().ok()?)
            }
            _ => Self::Page(PageId::parse(text)?),
        })
    }

    /// Whether it is a page that the run set out to read.
    pub const fn is_planned_page(&self) -> bool {
        matches!(self, Self::Page(page) if page.series.is_planned())
    }

    /// Whether it is a batch.
    pub const fn is_delivery(&self) -> bool {
        matches!(self, Self::Delivery(_))
    }

    /// The name as people read it, counted from 1: `findings, page 13`, `batch 4`.
    pub fn in_words(&self) -> String {
        match self {
            Self::Delivery(number) => format!("batch {}", u64::from(*number) + 1),
            Self::Count(stream, _) => format!("{stream}, count at the end"),
            Self::Page(PageId { stream, series, number }) => {
                let number = u64::from(*number) + 1;
                match series {
                    Series::Confirm => format!("{stream}, query {number}"),
                    Series::Main | Series::Chain(Chain { lane: 0, .. }) => format!("{stream}, page {number}"),
                    Series::Chain(Chain { lane, .. }) => {
                        format!("{stream}, chain {}, page {number}", u32::from(*lane) + 1)
                    }
                    Series::CatchUp(_) => format!("{stream}, {series}, page {number}"),
                }
            }
        }
    }
}

/// Series under which earlier versions stored a count as a page.
const EARLIER_COUNT: &str = "recount-";

impl fmt::Display for WorkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(page) => write!(f, "{page}"),
            Self::Count(stream, round) => write!(f, "{stream}/count/{round:03}"),
            Self::Delivery(number) => write!(f, "delivery/{number:06}"),
        }
    }
}

impl Serialize for WorkName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WorkName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} names no work")))
    }
}
