//! The part of the suite that a source brings.

use crate::stage::{Call, Credential, Limits, Ports};
use causeway_domain::reading::Reading;
use causeway_domain::{Stream, VendorKey};
use causeway_ports::Source;
use serde_json::Value;
use std::fmt::Debug;

/// A source's simulator, and how the source is built against it. Its world is deterministic.
pub trait SourceDriver: Sized + Send + Sync + 'static {
    /// The source.
    type Source: Source + Debug + 'static;

    /// The secret that the simulator accepts: text that occurs nowhere else.
    const SECRET: &'static str;
    /// How requests carry it.
    const CREDENTIAL: Credential;
    /// Limits in the settings that [`SourceDriver::build`] uses.
    const LIMITS: Limits;
    /// Streams in the order in which [`Source::open`] reports them.
    const STREAMS: &'static [StreamShape];
    /// Bodies of a 200 that report an error in the vendor's words.
    const ERRORS_IN_SUCCESS: &'static [&'static str] = &[];

    /// Starts a simulator with `rows` rows or somewhat more in scope of each stream; with none at all if `rows` is 0.
    fn start(rows: usize) -> impl Future<Output = Self> + Send;

    /// Base address of the simulator.
    fn address(&self) -> String;

    /// Builds the source for the API at `address`: pages of 20 rows or less, and a time limit of a second.
    fn build(&self, address: &str, ports: &Ports) -> Self::Source;

    /// Keys of all rows in scope, each as a record carries it, in any order.
    fn keys(&self, stream: Stream) -> Vec<VendorKey>;

    /// Key of a row that exists outside the connection's filters; `None` if the source has no filters.
    fn out_of_scope(&self, stream: Stream) -> Option<VendorKey>;

    /// Removes a row from the vendor.
    fn remove(&self, stream: Stream, key: &VendorKey);

    /// Adds a row to the vendor, before all others if the vendor's order allows it.
    fn add(&self, stream: Stream);

    /// Expires all cursors of a stream that is read in chains.
    fn expire_cursors(&self, _stream: Stream) {}
}

/// A stream of rows as it appears in the vendor's answers.
#[derive(Debug, Clone, Copy)]
pub struct StreamShape {
    /// The stream.
    pub stream: Stream,
    /// Path, or start of the path, of all requests about it.
    pub path: &'static str,
    /// JSON pointer to the list of rows in an answer.
    pub list: &'static str,
    /// Whether a list that is null is an empty one to this vendor.
    pub null_is_empty: bool,
    /// Members of a row that are its key.
    pub key: &'static [&'static str],
    /// How it is read.
    pub way: Way,
    /// Whether the vendor can be asked for single records.
    pub asked_singly: bool,
}

/// A way of reading, without its positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Windows that begin at any row.
    Windows,
    /// Pages by number.
    NumberedPages,
    /// Chains by ascending ids.
    ChainsById,
    /// A chain by the vendor's cursors.
    ChainByCursor,
}

impl Way {
    /// Whether each page tells how to ask for the next.
    pub(crate) fn is_chain(self) -> bool {
        matches!(self, Self::ChainsById | Self::ChainByCursor)
    }

    /// Whether it is the way of `reading`.
    pub(crate) fn is(self, reading: &Reading) -> bool {
        use causeway_domain::reading::Cursor;
        match (self, reading) {
            (Self::Windows, Reading::Windows) | (Self::NumberedPages, Reading::NumberedPages) => true,
            (Self::ChainsById, Reading::Chains { starts }) => {
                !starts.is_empty() && starts.iter().all(|start| matches!(start, Cursor::Id { .. }))
            }
            (Self::ChainByCursor, Reading::Chains { starts }) => {
                !starts.is_empty() && starts.iter().all(|start| matches!(start, Cursor::Opaque { .. }))
            }
            _ => false,
        }
    }
}

impl StreamShape {
    /// Whether `call` is about it.
    pub(crate) fn is_asked_by(&self, call: &Call) -> bool {
        call.path().starts_with(self.path)
    }

    /// The rows in the body of an answer.
    pub(crate) fn rows<'b>(&self, body: &'b mut Value) -> Option<&'b mut Vec<Value>> {
        body.pointer_mut(self.list)?.as_array_mut()
    }

    /// Whether `row` has this key.
    pub(crate) fn has_key(&self, row: &Value, key: &VendorKey) -> bool {
        let text = |name: &&str| match row.get(*name) {
            Some(Value::String(text)) => text.clone(),
            other => other.map(Value::to_string).unwrap_or_default(),
        };
        self.key.iter().map(text).collect::<Vec<_>>() == key.texts()
    }
}
