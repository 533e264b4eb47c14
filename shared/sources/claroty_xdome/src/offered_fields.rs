//! Which of the wanted fields the vendor still offers.

use causeway_domain::Stream;
use causeway_domain::page::DroppedField;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Fields that the vendor refused, shared by all calls of a source.
#[derive(Debug, Default)]
pub(crate) struct RefusedFields(Mutex<BTreeSet<DroppedField>>);

impl RefusedFields {
    /// Forgets what was refused in `stream`: a new run finds out anew, so a field that came back is read again.
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
