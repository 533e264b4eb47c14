//! The fields that a map may read, by the names that product texts and vendors use.

use crate::json::Cut;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

/// The fields of one kind of record.
pub trait SourceModel {
    /// The field called `name`; `None` when there is none.
    fn field(&self, name: &str) -> Option<SourceField>;

    /// All names, to suggest one when a map has a mistake.
    fn names(&self) -> Vec<Cow<'_, str>>;

    /// Wire names that are always read, because the record's key or scope is made of them.
    fn always_read(&self) -> &[&'static str] {
        &[]
    }
}

/// One field.
#[derive(Clone)]
pub struct SourceField {
    /// Wire names it is made of; exactly one for a copied field.
    pub reads: Vec<String>,
    /// How it is derived, if it is not a copy.
    pub derive: Option<Derive>,
    /// Whether it differs between the records made of one row, see [`Inputs::part`].
    pub per_part: bool,
}

/// Writes the JSON of a derived field; writes nothing when there is no value.
pub type Derive = Arc<dyn Fn(&Inputs<'_>, &mut String) + Send + Sync>;

/// The wire values a derived field is made of.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'r> {
    pub(crate) slots: &'r [Option<Cut<'r>>],
    pub(crate) reads: &'r [usize],
    pub(crate) part: &'r str,
    pub(crate) unreadable: &'r Cell<u32>,
}

impl<'r> Inputs<'r> {
    /// JSON text of the `index`-th of [`SourceField::reads`]; `None` when it is absent or null.
    pub fn get(&self, index: usize) -> Option<&'r str> {
        self.slots.get(*self.reads.get(index)?).copied().flatten().map(|cut| cut.text)
    }

    /// Counts `values` that were present but unreadable, see [`crate::Applied::unreadable`].
    pub fn count_unreadable(&self, values: u32) {
        self.unreadable.set(self.unreadable.get().saturating_add(values));
    }

    /// Distinguishes the records made of one row, such as its CVE; empty when a row makes one record, and for a field
    /// that is not [`SourceField::per_part`].
    pub fn part(&self) -> &'r str {
        self.part
    }
}

impl SourceField {
    /// A field that is copied from `wire`.
    pub fn copy(wire: &str) -> Self {
        Self { reads: vec![wire.to_owned()], derive: None, per_part: false }
    }

    /// A field that `derive` computes from `reads`.
    pub fn derived(
        reads: &[&str],
        derive: impl Fn(&Inputs<'_>, &mut String) + Send + Sync + 'static,
    ) -> Self {
        let reads = reads.iter().map(|name| (*name).to_owned()).collect();
        Self { reads, derive: Some(Arc::new(derive)), per_part: false }
    }

    /// The same field, derived again for each record of a row.
    #[must_use]
    pub fn per_part(self) -> Self {
        Self { per_part: true, ..self }
    }
}

impl std::fmt::Debug for SourceField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceField")
            .field("reads", &self.reads)
            .field("derived", &self.derive.is_some())
            .finish()
    }
}

/// Documents with any fields, such as the canonical records a destination's target profile reads.
#[derive(Debug, Clone, Copy)]
pub struct AnyDocument;

impl SourceModel for AnyDocument {
    fn field(&self, name: &str) -> Option<SourceField> {
        Some(SourceField::copy(name))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }
}
