//! The requested fields that the vendor no longer offers.

use causeway_domain::Stream;
use causeway_domain::page::DroppedField;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Fields that the vendor refused, shared by all calls of a source.
#[derive(Debug, Default)]
pub(crate) struct RefusedFields(Mutex<BTreeSet<DroppedField>>);

impl RefusedFields {
    /// Forgets the refused fields of `stream`: a new run asks for all fields again, in case one came back.
    pub(crate) fn forget(&self, stream: Stream) {
        self.lock().retain(|dropped| dropped.stream != stream);
    }

    pub(crate) fn add(&self, stream: Stream, field: &str) {
        self.lock().insert(DroppedField { stream, field: field.to_owned() });
    }

    /// Those of `stream`, sorted.
    pub(crate) fn of(&self, stream: Stream) -> Vec<DroppedField> {
        self.lock().iter().filter(|dropped| dropped.stream == stream).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<DroppedField>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
