//! The objects of a run by name, below the run's prefix. A name prints and parses.

use crate::delivery::Phase;
use crate::page::{PageId, Stream};
use crate::work::WorkName;
use std::fmt;

/// An object of a run. All are put-if-absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunObject {
    /// The manifest: streams, pages, counts at the start, and the definition.
    Manifest,
    /// An intervention: an approval, a rejection or a retry.
    Intervention(u32),
    /// Summary of a page; the page counts once this exists.
    PageSummary(PageId),
    /// Records of a page, by content hash.
    PageData(PageId, String),
    /// A page as the vendor sent it, by content hash.
    RawPage(PageId, String),
    /// Rejects of a page, by content hash.
    Rejects(PageId, String),
    /// The vendor's count of a stream after a round of catch-up; round 0 comes before the first.
    Count(Stream, u16),
    /// Windows that a round of catch-up reads; rounds count from 1.
    CatchUp(Stream, u16),
    /// Part of a sorted run made of too many overlapping pages.
    Merged {
        /// Stream of the pages.
        stream: Stream,
        /// Pass over all pages, from 0.
        pass: u32,
        /// Number of the sorted run inside the pass.
        number: u32,
        /// Part of the sorted run.
        part: u32,
        /// Content hash.
        hash: String,
    },
    /// Number of confirming questions.
    Questions,
    /// The sites that were seen, each with a record of the stream to control answers by.
    ControlSites(Stream),
    /// One confirming question about records of a stream.
    Question(Stream, u32),
    /// The coverage of each stream.
    Coverage,
    /// The fields that its records had.
    Schema,
    /// The plan.
    Plan,
    /// The plan as it will be if all that is missing is confirmed absent.
    Draft,
    /// Part of the draft's list of verdicts, by content hash.
    DraftVerdicts(u32, String),
    /// Part of the list of verdicts, by content hash.
    Verdicts(u32, String),
    /// Content of a delivery, by content hash.
    Delivery(u32, String),
    /// An object of one attempt of the run. The first attempt is number 0.
    Attempt(u32, AttemptObject),
    /// Part of a count as earlier versions stored it: as a page, with data, marks and failures. Nothing reads it.
    FormerCount(String),
}

/// An object that each attempt of a run writes anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttemptObject {
    /// Mark: the messages of all pages were queued.
    PagesQueued,
    /// Mark: the messages of a round of catch-up were queued. It lies outside `pages/`, where workers write.
    CatchUpQueued(Stream, u16),
    /// Mark: the message for a page of a chain, which may be lost, was sent again.
    LinkResent(PageId),
    /// Mark: the questions were queued.
    QuestionsQueued,
    /// The deliveries of a phase that the attempt makes; written once their messages were queued.
    DeliveriesQueued(Phase),
    /// Receipt of a delivery.
    Receipt(u32),
    /// What is settled of a delivery after a try that left items to be sent again; tries that settle something count
    /// from 1.
    PartialReceipt(u32, u32),
    /// Assets whose delivery was refused, or is not known to have arrived.
    Undelivered,
    /// Work that failed for good.
    DeadLetter(WorkName),
    /// What the process that decided the attempt needed, see [`crate::run::ProcessFigures`].
    Process,
    /// How the attempt ended.
    Outcome,
}

/// End of the names of lists: lines of JSON, compressed.
const LIST: &str = ".ndjson.zst";

impl RunObject {
    /// Reads a name that [`Self`] prints; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        // Comparing with the printed form rejects everything a lenient number or name would let through.
        read(name).filter(|object| object.to_string() == name).or_else(|| former_count(name))
    }

    /// Whether it may be removed some weeks after it was written, while the rest of the run stays: pages, raw pages, and
    /// what was merged of them.
    pub const fn may_expire(&self) -> bool {
        matches!(self, Self::PageSummary(_) | Self::PageData(..) | Self::RawPage(..) | Self::Merged { .. })
    }

    /// Whether it marks that messages were queued.
    pub const fn marks_queued(&self) -> bool {
        use AttemptObject::{CatchUpQueued, DeliveriesQueued, LinkResent, PagesQueued, QuestionsQueued};
        let Self::Attempt(_, object) = self else { return false };
        matches!(
            object,
            PagesQueued | LinkResent(_) | CatchUpQueued(..) | QuestionsQueued | DeliveriesQueued(_)
        )
    }

    /// The content hash in its name, if it has one.
    pub fn hash(&self) -> Option<&str> {
        match self {
            Self::PageData(_, hash) | Self::RawPage(_, hash) | Self::Rejects(_, hash) => Some(hash),
            Self::DraftVerdicts(_, hash) | Self::Verdicts(_, hash) | Self::Delivery(_, hash) => Some(hash),
            Self::Merged { hash, .. } => Some(hash),
            _ => None,
        }
    }
}

impl fmt::Display for RunObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => f.write_str("manifest.json"),
            Self::Intervention(number) => write!(f, "interventions/{number}.json"),
            Self::PageSummary(page) => write!(f, "pages/{page}.json"),
            Self::PageData(page, hash) => write!(f, "pages/{page}-{hash}{LIST}"),
            Self::RawPage(page, hash) => write!(f, "raw/{page}-{hash}.json.zst"),
            Self::Rejects(page, hash) => write!(f, "rejects/{page}-{hash}{LIST}"),
            Self::Count(stream, round) => write!(f, "counts/{stream}/{round:03}.json"),
            Self::CatchUp(stream, round) => write!(f, "catch-up/{stream}/{round:03}.json"),
            Self::Merged { stream, pass, number, part, hash } => {
                write!(f, "merged/{stream}/{pass:02}-{number:06}-{part:06}-{hash}{LIST}")
            }
            Self::Questions => f.write_str("confirm/index.json"),
            Self::ControlSites(Stream::Findings) => f.write_str("confirm/sites.json"),
            Self::ControlSites(stream) => write!(f, "confirm/{stream}-sites.json"),
            Self::Question(Stream::Findings, number) => write!(f, "confirm/{number:06}.json"),
            Self::Question(stream, number) => write!(f, "confirm/{stream}-{number:06}.json"),
            Self::Coverage => f.write_str("coverage.json"),
            Self::Schema => f.write_str("schema.json"),
            Self::Plan => f.write_str("plan.json"),
            Self::Draft => f.write_str("draft/plan.json"),
            Self::DraftVerdicts(number, hash) => write!(f, "draft/verdicts-{number:06}-{hash}{LIST}"),
            Self::Verdicts(number, hash) => write!(f, "plan/verdicts-{number:06}-{hash}{LIST}"),
            Self::Delivery(number, hash) => write!(f, "deliveries/{number:06}-{hash}{LIST}"),
            Self::Attempt(attempt, object) => object.print(*attempt, f),
            Self::FormerCount(name) => f.write_str(name),
        }
    }
}

impl AttemptObject {
    /// The first attempt is not numbered.
    fn print(&self, attempt: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        match self {
            Self::PagesQueued => write!(f, "pages{of}-queued.json"),
            Self::CatchUpQueued(stream, round) => write!(f, "catch-up/{stream}/{round:03}{of}-queued.json"),
            Self::LinkResent(page) => write!(f, "catch-up/{page}{of}-resent.json"),
            Self::QuestionsQueued => write!(f, "confirm{of}-queued.json"),
            Self::DeliveriesQueued(Phase::Items) => write!(f, "deliveries{of}-queued.json"),
            Self::DeliveriesQueued(Phase::Links) => write!(f, "deliveries-links{of}-queued.json"),
            Self::Receipt(number) => write!(f, "receipts/{number:06}{of}.json"),
            Self::PartialReceipt(number, nth) => write!(f, "receipts/{number:06}{of}-try-{nth}.json"),
            Self::Undelivered => write!(f, "undelivered{of}.json"),
            Self::DeadLetter(work) => write!(f, "failures{of}/{work}.json"),
            Self::Process => write!(f, "process{of}.json"),
            Self::Outcome => write!(f, "outcome{of}.json"),
        }
    }
}

fn read(name: &str) -> Option<RunObject> {
    use RunObject::*;
    let json = name.strip_suffix(".json");
    Some(match name.split_once('/') {
        None => match json? {
            "manifest" => Manifest,
            "coverage" => Coverage,
            "schema" => Schema,
            "plan" => Plan,
            stem => of_attempt(stem)?,
        },
        Some(("confirm", "index.json")) => Questions,
        Some(("confirm", "sites.json")) => ControlSites(Stream::Findings),
        Some(("confirm", "assets-sites.json")) => ControlSites(Stream::Assets),
        Some(("draft", "plan.json")) => Draft,
        Some((folder, rest)) => match json.and_then(|json| json.strip_prefix(folder)?.strip_prefix('/')) {
            Some(stem) => document(folder, stem)?,
            None => list(folder, rest)?,
        },
    })
}

/// An object outside all folders.
fn of_attempt(stem: &str) -> Option<RunObject> {
    use AttemptObject::*;
    let (object, of) = if let Some(stem) = stem.strip_suffix("-queued") {
        let marks = [
            ("pages", PagesQueued),
            ("confirm", QuestionsQueued),
            ("deliveries-links", DeliveriesQueued(Phase::Links)),
            ("deliveries", DeliveriesQueued(Phase::Items)),
        ];
        marks.into_iter().find_map(|(name, mark)| Some((mark, stem.strip_prefix(name)?)))?
    } else {
        let objects = [("undelivered", Undelivered), ("process", Process), ("outcome", Outcome)];
        objects.into_iter().find_map(|(name, object)| Some((object, stem.strip_prefix(name)?)))?
    };
    Some(RunObject::Attempt(attempt(of)?, object))
}

/// A JSON document in a folder.
fn document(folder: &str, stem: &str) -> Option<RunObject> {
    use RunObject::*;
    Some(match folder {
        "interventions" => Intervention(stem.parse().ok()?),
        "pages" => PageSummary(PageId::parse(stem)?),
        "confirm" => match stem.strip_prefix("assets-") {
            Some(number) => Question(Stream::Assets, number.parse().ok()?),
            None => Question(Stream::Findings, stem.parse().ok()?),
        },
        "counts" => {
            let (stream, round) = stem.split_once('/')?;
            Count(Stream::parse(stream)?, round.parse().ok()?)
        }
        "catch-up" if stem.ends_with("-resent") => {
            let (folder, name) = stem.strip_suffix("-resent")?.rsplit_once('/')?;
            let (number, of) = numbered(name)?;
            let page = PageId::parse(&format!("{folder}/{number}"))?;
            Attempt(attempt(of)?, AttemptObject::LinkResent(page))
        }
        "catch-up" => {
            let (stream, stem) = stem.split_once('/')?;
            let stream = Stream::parse(stream)?;
            match stem.strip_suffix("-queued") {
                None => CatchUp(stream, stem.parse().ok()?),
                Some(stem) => {
                    let (round, of) = numbered(stem)?;
                    Attempt(attempt(of)?, AttemptObject::CatchUpQueued(stream, round.parse().ok()?))
                }
            }
        }
        "receipts" => {
            let (stem, nth) = stem.split_once("-try-").map_or((stem, None), |(stem, nth)| (stem, Some(nth)));
            let (number, of) = numbered(stem)?;
            let number = number.parse().ok()?;
            let object = match nth {
                None => AttemptObject::Receipt(number),
                Some(nth) => AttemptObject::PartialReceipt(number, nth.parse().ok()?),
            };
            Attempt(attempt(of)?, object)
        }
        _ => {
            let of = attempt(folder.strip_prefix("failures")?)?;
            Attempt(of, AttemptObject::DeadLetter(WorkName::parse(stem)?))
        }
    })
}

/// A compressed list in a folder.
fn list(folder: &str, rest: &str) -> Option<RunObject> {
    use RunObject::*;
    let stem = rest.strip_suffix(if folder == "raw" { ".json.zst" } else { LIST })?;
    let (stem, hash) = stem.rsplit_once('-')?;
    let hash = Some(hash.to_owned()).filter(|hash| !hash.is_empty() && !hash.contains('/'))?;
    Some(match folder {
        "pages" => PageData(PageId::parse(stem)?, hash),
        "raw" => RawPage(PageId::parse(stem)?, hash),
        "rejects" => Rejects(PageId::parse(stem)?, hash),
        "draft" => DraftVerdicts(stem.strip_prefix("verdicts-")?.parse().ok()?, hash),
        "plan" => Verdicts(stem.strip_prefix("verdicts-")?.parse().ok()?, hash),
        "deliveries" => Delivery(stem.parse().ok()?, hash),
        "merged" => {
            let (stream, numbers) = stem.split_once('/')?;
            let mut numbers = numbers.splitn(3, '-').map(|number| number.parse().ok());
            let mut number = || numbers.next().flatten();
            let (pass, number, part) = (number()?, number()?, number()?);
            Merged { stream: Stream::parse(stream)?, pass, number, part, hash }
        }
        _ => return None,
    })
}

/// A number and what follows it.
fn numbered(stem: &str) -> Option<(&str, &str)> {
    let digits = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    stem.split_at_checked(digits)
}

fn attempt(of: &str) -> Option<u32> {
    if of.is_empty() { Some(0) } else { of.strip_prefix('-')?.parse().ok() }
}

fn former_count(name: &str) -> Option<RunObject> {
    let mut parts = name.split('/');
    let written = ["pages", "raw", "rejects", "catch-up", "failures"];
    let folder = parts.next().filter(|folder| written.iter().any(|written| folder.starts_with(written)));
    let series = folder.and(parts.nth(1))?;
    series.starts_with("recount-").then(|| RunObject::FormerCount(name.to_owned()))
}
