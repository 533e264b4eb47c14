//! Queue messages. Each carries its schema version; a reader accepts this version and the previous one.

use crate::layout::{AttemptKeys, RunKeys};
use crate::page::Window;
use crate::{ConnectionName, Failure, FailureKind, Generation, PageId, RunId};
use serde::{Deserialize, Serialize};

/// Version written today.
pub const VERSION: u32 = 1;

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

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// [`FailureKind::MessageInvalid`] for anything that is not a message of a known version.
    pub fn parse(body: &str) -> Result<Self, Failure> {
        let invalid = |detail: String| Failure::new(FailureKind::MessageInvalid, "queue message", detail);
        let message: Self = serde_json::from_str(body).map_err(|error| invalid(error.to_string()))?;
        if message.version == VERSION {
            Ok(message)
        } else {
            Err(invalid(format!(
                "version {} is not known; this program reads version {VERSION}",
                message.version
            )))
        }
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
