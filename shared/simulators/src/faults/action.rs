//! The actions of faults.

use crate::change::Change;
use serde::{Deserialize, Serialize};

/// The action on a request that matches a fault, written `{ kind = "…", … }`. *Before* means that no work was done for
/// the request. *After* means that all work was done and only the response is lost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Nothing; counts the request.
    #[default]
    None,
    /// 429 before.
    TooManyRequests {
        /// `Retry-After`, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        /// `X-RateLimit-ToWait-Sec`, in seconds (Qualys).
        #[serde(default)]
        to_wait: Option<u64>,
    },
    /// This status before.
    StatusBefore {
        /// 500, 502, 503, 409 ….
        status: u16,
    },
    /// This status after.
    StatusAfter {
        /// 500, 502, 504 ….
        status: u16,
    },
    /// Before: silence for that long, then the connection closes without an answer.
    HangBefore {
        /// Duration.
        milliseconds: u64,
    },
    /// After: silence for that long, then the connection closes without an answer.
    HangAfter {
        /// Duration.
        milliseconds: u64,
    },
    /// The body ends after so many bytes.
    Truncate {
        /// Bytes sent.
        bytes: usize,
        /// The length announced is that of the cut body: broken JSON on sound HTTP. Otherwise the connection breaks.
        #[serde(default)]
        clean: bool,
    },
    /// An HTML page before, as a firewall or a proxy makes it.
    Html {
        /// 200, 503 ….
        status: u16,
    },
    /// Status 200 with `{"detail": …}` before.
    Detail {
        /// The text.
        text: String,
    },
    /// The body is sent in pieces with a pause after each.
    SlowBody {
        /// Number of pieces.
        pieces: usize,
        /// Pause, in milliseconds.
        milliseconds: u64,
    },
    /// The token of this request is expired from now on; ETM: every token issued so far.
    ExpireToken,
    /// xDome: the list is `null`.
    NullList,
    /// xDome: the list is empty, whatever `count` says.
    EmptyList,
    /// xDome: each nth row of the page is missing.
    DropRows {
        /// n.
        every: usize,
    },
    /// xDome: each nth row of the page comes twice.
    DuplicateRows {
        /// n.
        every: usize,
    },
    /// xDome: each nth row of the page is `null`.
    NullRows {
        /// n.
        every: usize,
    },
    /// xDome: each nth row of the page has `null` where its key belongs.
    NullKeys {
        /// n.
        every: usize,
        /// The device's id, the vulnerability's or both.
        #[serde(default)]
        of: RowsOf,
    },
    /// xDome: one row of the table breaks every response that contains it.
    BreakingRow {
        /// Rows before it in the order asked for.
        at: u64,
        /// Kind of damage.
        how: Breaking,
        /// Only answers with this field are broken; all when not given.
        #[serde(default)]
        field: Option<String>,
    },
    /// xDome: `count` is off by this.
    WrongCount {
        /// Added to the count.
        by: i64,
    },
    /// xDome: a request that names one of these fields gets 422, as if the vendor no longer offered them.
    RefuseFields {
        /// Names, in the endpoint's spelling.
        fields: Vec<String>,
    },
    /// xDome: the world changes just before the response is made.
    Change {
        /// The change.
        change: Change,
    },
    /// ETM: these assets are refused in `assetsError`, the others are accepted.
    RefuseAssets {
        /// `sourceNativeKey`s; all assets when empty.
        #[serde(default)]
        assets: Vec<String>,
        /// Reason given.
        message: String,
        /// 200 or 207.
        status: u16,
        /// Times that each asset is refused before it is accepted; always when not given.
        #[serde(default)]
        times_each: Option<u32>,
    },
}

/// The way in which a row breaks a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaking {
    /// The row has the bare word `NaN` as a value.
    NotANumber,
    /// The row has a text in Latin-1.
    Latin1,
    /// The answer is a 500.
    Status,
}

/// The part of a relation's key that an action changes. A device has only the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowsOf {
    /// `uid` or `device_uid`.
    Device,
    /// `vulnerability_id`.
    Vulnerability,
    /// Both.
    #[default]
    Both,
}
