//! Queue messages. Each carries the schema version that its work needs; a reader accepts the newest version and the one
//! before.

use crate::delivery::Phase;
use crate::layout::{AttemptKeys, RunKeys};
use crate::page::Window;
use crate::reading::Cursor;
use crate::work::WorkName;
use crate::{ConnectionName, Failure, FailureKind, Generation, PageId, RunId, Stream};
use serde::{Deserialize, Serialize};

/// Newest version. It added [`Work::Count`], [`Work::Link`], questions about assets and deliveries of links.
pub const VERSION: u32 = 2;

/// Oldest version that is read: the one before, so that messages in the queues outlive an update.
pub const OLDEST: u32 = VERSION - 1;

/// Bytes of a message at most. Messages name work and carry no data, so that one that is larger is none of ours.
pub const MAX_BYTES: usize = 256 << 10;

/// One message: which run it belongs to and what is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Schema version.
    pub version: u32,
    /// Connection.
    pub connection: ConnectionName,
    /// Run.
    pub run: RunId,
    /// Generation of the run; work of an overtaken run is acknowledged undone (I-5).
    pub generation: Generation,
    /// Attempt of the run; work of an attempt that is decided is acknowledged undone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// The work.
    pub work: Work,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Work of the three queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Work {
    /// Fetch, transform and stage a page (worker).
    Page {
        /// The page.
        page: PageId,
        /// Where it lies.
        window: Window,
    },
    /// Fetch, transform and stage a page of a chain, and go on to the next (worker).
    Link {
        /// The page.
        page: PageId,
        /// Where it begins.
        from: Cursor,
        /// An earlier cursor of the chain, see [`crate::reading::Link::cycle_check`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cycle_check: Option<Cursor>,
    },
    /// Ask the vendor how many rows a stream has after a round of catch-up (worker).
    Count {
        /// The stream.
        stream: Stream,
        /// The round; 0 comes before the first.
        round: u16,
    },
    /// Transform a page that the replayed run kept, and stage it (worker).
    Replay {
        /// The page.
        page: PageId,
    },
    /// Ask the vendor for exactly the records that a question lists (worker).
    Confirm {
        /// Stream of the records it asks for. Messages without it are about findings.
        #[serde(default = "findings", skip_serializing_if = "is_findings")]
        stream: Stream,
        /// Number of the question among those of its stream.
        number: u32,
    },
    /// Decide what the run needs next (finalizer).
    Finalize {
        /// Checks so far; the pause before the next grows with it.
        check: u32,
    },
    /// Send one batch (deliverer).
    Deliver {
        /// Number of the delivery.
        number: u32,
        /// Key of its content, as the plan names it.
        data: String,
        /// Phase: the items or their links.
        #[serde(default, skip_serializing_if = "Phase::is_items")]
        phase: Phase,
    },
}

fn findings() -> Stream {
    Stream::Findings
}

fn is_findings(stream: &Stream) -> bool {
    *stream == Stream::Findings
}

impl Work {
    /// The oldest version that knows this work. Messages carry it, so that functions which an update has not reached yet
    /// still do the work that they know.
    pub const fn version(&self) -> u32 {
        match self {
            Self::Link { .. } | Self::Count { .. } | Self::Confirm { stream: Stream::Assets, .. } => 2,
            // An older function would send the items once more instead.
            Self::Deliver { phase: Phase::Links, .. } => 2,
            _ => 1,
        }
    }

    /// Its name among the work of a run. A check has none, because it is made until the run is decided.
    pub const fn name(&self) -> Option<WorkName> {
        match self {
            Self::Page { page, .. } | Self::Link { page, .. } | Self::Replay { page } => {
                Some(WorkName::Page(*page))
            }
            Self::Count { stream, round } => Some(WorkName::Count(*stream, *round)),
            Self::Confirm { stream, number } => Some(WorkName::Page(PageId::answer(*stream, *number))),
            Self::Deliver { number, .. } => Some(WorkName::Delivery(*number)),
            Self::Finalize { .. } => None,
        }
    }
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// [`FailureKind::MessageInvalid`] for anything that is not a message of a known version.
    pub fn parse(body: &str) -> Result<Self, Failure> {
        // Read alone at first: what else a version that is not known has in it, cannot be known.
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let invalid = |detail: String| Failure::new(FailureKind::MessageInvalid, "queue message", detail);
        if body.trim().is_empty() {
            return Err(invalid("it is empty".to_owned()));
        }
        if body.len() > MAX_BYTES {
            return Err(invalid(format!("it has {} bytes, more than the {MAX_BYTES} allowed", body.len())));
        }
        let unreadable = |error: serde_json::Error| invalid(error.to_string());
        let Head { version } = serde_json::from_str(body).map_err(unreadable)?;
        if !(OLDEST..=VERSION).contains(&version) {
            let detail =
                format!("version {version} is not known; this program reads versions {OLDEST} and {VERSION}");
            return Err(invalid(detail));
        }
        match serde_json::from_str(body) {
            Err(_) if version == 1 => count_of_version_1(body).map_err(unreadable),
            parsed => parsed.map_err(unreadable),
        }
    }

    /// Keys of the attempt that it belongs to.
    pub fn keys(&self) -> AttemptKeys<'_> {
        AttemptKeys { run: RunKeys::new(&self.connection, &self.run), attempt: self.attempt }
    }

    /// The message as it is queued.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Version 1 asked for a count by a page of a series `recount`.
fn count_of_version_1(body: &str) -> Result<Message, serde_json::Error> {
    #[derive(Deserialize)]
    struct Recount {
        stream: Stream,
        #[serde(rename = "series")]
        _series: IsRecount,
        round: u16,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum IsRecount {
        Recount,
    }
    #[derive(Deserialize)]
    struct Page {
        page: Recount,
    }
    #[derive(Deserialize)]
    struct Version1 {
        version: u32,
        connection: ConnectionName,
        run: RunId,
        generation: Generation,
        #[serde(default)]
        attempt: u32,
        work: Page,
    }
    let Version1 { version, connection, run, generation, attempt, work } = serde_json::from_str(body)?;
    let work = Work::Count { stream: work.page.stream, round: work.page.round };
    Ok(Message { version, connection, run, generation, attempt, work })
}
