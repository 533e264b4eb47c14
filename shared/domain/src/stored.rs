//! JSON documents of the object store.

use crate::Intervention;
use crate::connection::{ConnectionRecord, ScheduleRecord};
use crate::coverage::StreamCoverage;
use crate::definition::Registered;
use crate::delivery::Receipt;
use crate::page::{Count, DeadLetter, PageSummary, Reject, Window};
use crate::plan::{LedgerIndex, Plan, VerdictRecord};
use crate::run::{Manifest, ProcessFigures, RunOutcome};
use crate::schema::RunSchema;
use std::collections::BTreeSet;

/// A document that the object store holds as JSON. How a type is read and written is compiled once, in the crate of the
/// type, and not again in each function that reads it: that was a quarter of what the use cases compiled to.
pub trait Stored: Sized + Send + Sync {
    /// Reads a document.
    ///
    /// # Errors
    /// For a text that is not JSON, or another document's.
    fn from_json(text: &[u8]) -> Result<Self, serde_json::Error>;

    /// The document, indented for people to read.
    ///
    /// # Errors
    /// For what JSON cannot express; no type of ours has such values.
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error>;
}

/// Implements [`Stored`] by serde.
#[macro_export]
macro_rules! stored {
    ($($type:ty),* $(,)?) => {
        $(
            impl $crate::Stored for $type {
                fn from_json(text: &[u8]) -> Result<Self, serde_json::Error> {
                    serde_json::from_slice(text)
                }

                fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
                    serde_json::to_vec_pretty(self)
                }
            }
        )*
    };
}

stored!(
    BTreeSet<String>,
    BTreeSet<u32>,
    ConnectionRecord,
    Count,
    DeadLetter,
    Intervention,
    LedgerIndex,
    Manifest,
    PageSummary,
    Plan,
    ProcessFigures,
    Receipt,
    Registered,
    Reject,
    RunOutcome,
    RunSchema,
    ScheduleRecord,
    Vec<StreamCoverage>,
    Vec<Window>,
    VerdictRecord,
    bool,
    serde_json::Value,
    u32,
);
