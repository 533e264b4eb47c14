//! Records beside their source.

use super::rehearsal::FirstAnswers;
use crate::Engine;
use causeway_domain::{Failure, Manifest, Stream};
use causeway_ports::source::Explained;
use std::sync::PoisonError;

/// A row of the vendor and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its stream.
    pub stream: Stream,
    /// The row and its records.
    pub explained: Explained,
}

/// The first `wanted` rows of each stream's first answer.
pub(super) fn take(
    engine: &Engine,
    manifest: &Manifest,
    answers: &FirstAnswers,
    wanted: usize,
) -> Result<Vec<Sample>, Failure> {
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    let source = engine.connectors.source(&manifest.definition)?;
    let mut samples = Vec::new();
    for (stream, raw) in answers {
        let explained = source.explain(stream, &raw.into_stored(), wanted)?;
        samples.extend(explained.into_iter().map(|explained| Sample { stream, explained }));
    }
    Ok(samples)
}
