//! Queue messages. Each carries its schema version; a reader accepts this version and the previous one.

use crate::layout::{AttemptKeys, RunKeys};
use crate::page::Window;
use crate::{ConnectionName, Failure, FailureKind, Generation, PageId, RunId, Series, Stream};
use serde::{Deserialize, Serialize};

/// Version written today.
pub const VERSION: u32 = 1;

/// Oldest version that is read: the one before, so that messages in the queues outlive an update. There is none before 1.
pub const OLDEST: u32 = if VERSION > 1 { VERSION - 1 } else { 1 };

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
    /// Transform a page that the replayed run kept, and stage it (worker).
    Replay {
        /// The page.
        page: PageId,
    },
    /// Ask the vendor for exactly the records that `confirm/<number>.json` lists (worker).
    Confirm {
        /// Number of the question.
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
    },
}

impl Work {
    /// Its name among the work of a run that was given up: `findings/main/000012`, `delivery/000003`. A check has none,
    /// because it is made until the run is decided.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Page { page, .. } | Self::Replay { page } => Some(page.to_string()),
            Self::Confirm { number } => Some(Self::question(*number).to_string()),
            Self::Deliver { number, .. } => Some(format!("delivery/{number:06}")),
            Self::Finalize { .. } => None,
        }
    }

    /// A [`Self::name`] as people read it, counted from 1: `findings, page 13`, `batch 4`.
    pub fn in_words(name: &str) -> String {
        let parts: Vec<&str> = name.split('/').collect();
        let after = |digits: &str| digits.parse::<u64>().map(|number| number + 1);
        let words = match *parts.as_slice() {
            ["delivery", number] => after(number).map(|number| format!("batch {number}")),
            [stream, "main", number] => after(number).map(|number| format!("{stream}, page {number}")),
            [stream, "confirm", number] => after(number).map(|number| format!("{stream}, query {number}")),
            [stream, series, number] => {
                after(number).map(|number| format!("{stream}, {series}, page {number}"))
            }
            _ => return name.to_owned(),
        };
        words.unwrap_or_else(|_| name.to_owned())
    }

    /// The page that the answer to a confirming question becomes.
    pub fn question(number: u32) -> PageId {
        PageId { stream: Stream::Findings, series: Series::Confirm, number }
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
            let known = if OLDEST == VERSION { String::new() } else { format!(" and {OLDEST}") };
            let detail =
                format!("version {version} is not known; this program reads version {VERSION}{known}");
            return Err(invalid(detail));
        }
        serde_json::from_str(body).map_err(unreadable)
    }

    /// Keys of the attempt that it belongs to.
    pub fn keys(&self) -> AttemptKeys<'_> {
        AttemptKeys { run: RunKeys(&self.connection, &self.run), attempt: self.attempt }
    }

    /// The message as it is queued.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
