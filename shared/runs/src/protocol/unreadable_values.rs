//! Unreadable values of a run, by field.

use causeway_domain::{PageSummary, Stream, Unreadable};
use serde::Serialize;
use std::fmt;

/// Values of one stream that could not be read and count as absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableValues {
    /// The stream.
    pub stream: Stream,
    /// All of them; more than those of `fields` when pages were staged by a version that did not know the fields.
    pub values: u64,
    /// By the vendor's field.
    pub fields: Unreadable,
}

/// Those of the rows that `pages` hold, by stream. What two pages share, the first counts.
pub fn unreadable_values(pages: &[PageSummary]) -> Vec<UnreadableValues> {
    let of_stream = |stream| {
        let mut found = UnreadableValues { stream, values: 0, fields: Unreadable::default() };
        for page in pages.iter().filter(|page| page.page.stream == stream) {
            found.values = found.values.saturating_add(page.figures.unreadable_values);
            found.fields.add(&page.figures.unreadable);
        }
        (found.values > 0).then_some(found)
    };
    Stream::ALL.into_iter().filter_map(of_stream).collect()
}

impl fmt::Display for UnreadableValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, values, fields } = self;
        let (noun, verb) = if *values == 1 { ("value", "counts") } else { ("values", "count") };
        write!(f, "{stream}: {values} {noun} could not be read and {verb} as absent")?;
        if fields.is_empty() { Ok(()) } else { write!(f, ": {fields}") }
    }
}
