//! A run: its id, what it set out to read, and how it ended.

use crate::coverage::StreamCoverage;
use crate::definition::Registered;
use crate::delivery::{Phase, Receipt};
use crate::page::{DroppedField, PageId, Series, Stream, TAIL, Traffic, Window};
use crate::plan::VerdictCounts;
use crate::reading::{Reading, overlapping_pages, overlapping_windows};
use crate::{ConnectionName, Failure, FailureKind};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Id of a run: `<UTC start as yyyymmddThhmmssZ>-<8 hexadecimal digits>`. It derives from the connection and the
/// scheduled time or the caller's token, so a double fire is one run; it sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RunId(String);

impl RunId {
    /// The id of the run of `connection` for `at`, told apart from others of that second by `token`.
    pub fn derive(connection: &ConnectionName, at: Timestamp, token: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(connection.as_str().as_bytes()).update(b"\n").update(at.to_string().as_bytes());
        hasher.update(b"\n").update(token.as_bytes());
        let digest = hasher.finalize().to_hex();
        Self(format!("{}-{}", at.strftime("%Y%m%dT%H%M%SZ"), &digest.as_str()[..8]))
    }

    /// Checks an id that came from outside: exactly the form that [`Self::derive`] makes, because it is part of object
    /// keys and a looser form could spell another object's key.
    ///
    /// # Errors
    /// [`FailureKind::NameInvalid`].
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let valid = text.split_once('-').is_some_and(|(at, digits)| {
            let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            second(at).is_some() && digits.len() == 8 && digits.bytes().all(hexadecimal)
        });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Failure::new(FailureKind::NameInvalid, format!("run {text:?}"), "not a run id"))
        }
    }

    /// The second that the id begins with: the scheduled time, or when the run was asked for.
    pub fn at(&self) -> Option<Timestamp> {
        second(self.0.split('-').next()?)?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Reads `yyyymmddThhmmssZ`; `None` for any other text and for a time that does not exist.
fn second(text: &str) -> Option<DateTime> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let &[y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = bytes else { return None };
    let number = |digits: &[u8]| {
        let add = |sum: i16, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0'));
        digits.iter().try_fold(0, add)
    };
    let small = |first, second| i8::try_from(number(&[first, second])?).ok();
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (small(m1, m2)?, small(d1, d2)?);
    DateTime::new(year, month, day, small(h1, h2)?, small(n1, n2)?, small(s1, s2)?, 0).ok()
}

/// Number of a run inside its connection, from 1; an older one never overwrites a newer one's state (I-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Generation(pub u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// `runs/<connection>/<run>/manifest.json`: written once, before any page is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Schema version of this object.
    pub version: u32,
    /// The connection.
    pub connection: ConnectionName,
    /// The run.
    pub run: RunId,
    /// Its number.
    pub generation: Generation,
    /// When it started; `fixed_on` of findings closed by absence.
    pub started_at: Timestamp,
    /// When it must be decided (I-11).
    pub deadline: Timestamp,
    /// What is read.
    pub streams: Vec<StreamPlan>,
    /// Fields that the vendor refused when it was asked for counts.
    pub dropped_fields: Vec<DroppedField>,
    /// Scope, filters and maps, see [`Fingerprint`].
    pub fingerprint: Fingerprint,
    /// The definition as it was at the start; later edits do not touch this run.
    pub definition: Registered,
    /// The committed ledger this run reconciles with.
    pub ledger: Option<crate::connection::LedgerPointer>,
    /// What asking for counts cost.
    pub traffic: Traffic,
    /// The run whose kept pages are read in place of the vendor's, if this is a replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// What a replay reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The run that has the pages.
    pub run: RunId,
    /// All of its pages that hold records.
    pub pages: Vec<PageId>,
}

/// One stream of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPlan {
    /// The stream.
    pub stream: Stream,
    /// The vendor's count at the start, if it has one.
    pub count: Option<u64>,
    /// Rows asked for per page at most.
    pub page_size: u32,
    /// Number of pages, at least one. Of chains it is what the count lets expect, and 0 without a count.
    pub pages: u32,
    /// How it is read.
    #[serde(default, skip_serializing_if = "Reading::is_windows")]
    pub reading: Reading,
}

impl StreamPlan {
    /// The pages of the manifest in order, and where each lies. Chains have none: a page is known once the one before it is.
    pub fn windows(&self) -> impl Iterator<Item = (PageId, Window)> {
        let planned = if matches!(self.reading, Reading::Chains { .. }) { 0 } else { self.pages };
        let page = |number| PageId { stream: self.stream, series: Series::Main, number };
        (0..planned).map(page).zip(self.windows_from(0))
    }

    /// Overlapping windows that cover every row from `offset` on.
    pub fn windows_from(&self, offset: u64) -> Box<dyn Iterator<Item = Window> + Send> {
        match self.reading {
            Reading::NumberedPages => Box::new(overlapping_pages(offset, self.page_size)),
            Reading::Windows | Reading::Chains { .. } => {
                Box::new(overlapping_windows(offset, self.page_size))
            }
        }
    }

    /// How many keys at the end of the page at `window` must be kept, so that the next page is found to begin among them even
    /// if rows before it are deleted meanwhile.
    pub fn kept_keys(&self, window: Window) -> usize {
        let next = self.windows_from(window.end().saturating_sub(1)).next();
        let shared = next.map_or(0, |next| window.end().saturating_sub(next.offset));
        usize::try_from(shared).unwrap_or(usize::MAX).saturating_add(TAIL)
    }
}

/// What a run looked for and how it read it: 32 hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of the scope and filters.
    pub scope: String,
    /// Of the maps.
    pub maps: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything in scope was seen, and everything arrived.
    Complete,
    /// What was seen arrived, but not everything was seen or not every record was accepted. Nothing was closed
    /// because of its absence unless its own scope was complete.
    Partial,
    /// It did not get to its end. Nothing was committed, unless it had begun to deliver: then the ledger has what was
    /// sent, and what is not known to have arrived is sent again by the next run.
    Failed,
    /// The plan waits for a person; nothing was sent.
    Held,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Held => "held",
        })
    }
}

/// `runs/<connection>/<run>/outcome.json`: written once, when the run is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunOutcome {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is not `complete`, one sentence each; empty when it is.
    pub reasons: Vec<String>,
    /// What is worth knowing though it does not make the run partial, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// The failure that ended it, if one did.
    pub failure: Option<Failure>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was decided.
    pub ended_at: Timestamp,
    /// What was seen, per stream.
    pub coverage: Vec<StreamCoverage>,
    /// Verdicts on assets.
    pub assets: VerdictCounts,
    /// Verdicts on findings.
    pub findings: VerdictCounts,
    /// Deliveries made, and the assets and findings in them.
    pub delivered: DeliveredCounts,
    /// Requests and bytes towards the vendor.
    pub source_traffic: Traffic,
    /// Requests and bytes towards the destination.
    pub destination_traffic: Traffic,
}

/// `runs/<connection>/<run>/process.json`: of the process in which the run was decided. One that was killed before leaves
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFigures {
    /// The most memory that it ever held, in bytes.
    pub peak_memory_bytes: u64,
}

/// What was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredCounts {
    /// Batches.
    pub deliveries: u64,
    /// Assets in them.
    pub assets: u64,
    /// Findings in them.
    pub findings: u64,
    /// Assets the destination refused.
    pub refused_assets: u64,
}

impl DeliveredCounts {
    /// The counts of `receipts`. An asset whose links were refused counts as refused; its findings have arrived.
    pub fn of(receipts: &[Receipt]) -> Self {
        let mut counts = Self::default();
        let mut unlinked = 0;
        for receipt in receipts {
            let refused = receipt.refused.len() as u64;
            counts.deliveries += u64::from(receipt.is_final());
            counts.refused_assets += refused;
            match receipt.phase {
                Phase::Items => {
                    counts.assets = counts.assets.saturating_add(receipt.accepted);
                    counts.findings = counts.findings.saturating_add(receipt.findings);
                }
                Phase::Links => unlinked += refused,
            }
        }
        counts.assets = counts.assets.saturating_sub(unlinked);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_the_form_that_is_made_are_read() {
        let connection = ConnectionName::parse("plant-north").unwrap();
        for at in ["1970-01-01T00:00:00Z", "2026-11-01T02:00:00.123Z", "2028-02-29T23:59:59Z"] {
            let at: Timestamp = at.parse().unwrap();
            let made = RunId::derive(&connection, at, "token");
            assert_eq!(RunId::parse(made.as_str()).unwrap(), made);
            assert_eq!(made.at().unwrap().as_second(), at.as_second());
        }
        let others = [
            "",
            "pages",
            "failures-01",
            "zzzz",
            "20261101T020000Z",
            "20261101T020000Z-",
            "20261101T020000Z-0a1b2c",
            "20261101T020000Z-0a1b2c3d4",
            "20261101T020000Z-0A1B2C3D",
            "20261101T020000Z-0a1b2c3g",
            "20261101T020000Z-0a1b2c3d-1",
            "20261101T020000Z_0a1b2c3d",
            "20261101t020000z-0a1b2c3d",
            "20261301T020000Z-0a1b2c3d",
            "20260229T020000Z-0a1b2c3d",
            "20261101T240000Z-0a1b2c3d",
            "20261101T020060Z-0a1b2c3d",
            "+0261101T020000Z-0a1b2c3d",
            "２0261101T0200Z-0a1b2c3d",
            " 20261101T020000Z-0a1b2c3d",
            "20261101T020000Z-0a1b2c3d\n",
            "20261101T020000Z-0a1b2c3d/pages",
        ];
        for other in others {
            assert_eq!(RunId::parse(other).unwrap_err().kind, FailureKind::NameInvalid, "{other:?}");
            assert!(serde_json::from_value::<RunId>(other.into()).is_err(), "{other:?}");
        }
    }
}
