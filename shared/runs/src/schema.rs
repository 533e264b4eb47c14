//! Schema drift: what the sampled rows of a run held, compared with the last committed run.

use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::schema::{FieldChange, RunSchema, SAMPLED_PAGES, SchemaChange};
use causeway_domain::{Failure, Manifest, PageId, PageSummary, Series};

/// Whether the sample of `page` is kept: pages spread evenly over the stream, so that a run of any length keeps few.
pub(crate) fn is_sampled(manifest: &Manifest, page: PageId) -> bool {
    let plan = manifest.streams.iter().find(|plan| plan.stream == page.stream);
    let every = plan.map_or(1, |plan| plan.pages.div_ceil(SAMPLED_PAGES).max(1));
    page.series == Series::Main && page.number.is_multiple_of(every)
}

/// Writes the run's schema once and tells of every change in the log.
pub(crate) async fn compare(
    engine: &Engine,
    manifest: &Manifest,
    pages: &[PageSummary],
) -> Result<(), Failure> {
    let objects = engine.objects.as_ref();
    let mut schema = RunSchema::default();
    for page in pages {
        if let Some(fields) = &page.figures.fields {
            schema.streams.entry(page.page.stream).or_default().absorb(fields);
        }
    }
    if let Some(ledger) = &manifest.ledger {
        let key = RunKeys(&manifest.connection, &ledger.run).schema();
        // A run of an earlier version has none, and a damaged one must not fail this run.
        let before: Option<RunSchema> = store::read(objects, &key).await.ok().flatten();
        if let Some(before) = before {
            schema.changes = changes(&before, &schema);
            schema.compared_with = Some(ledger.run.clone());
        }
    }
    let created =
        store::create(objects, &RunKeys(&manifest.connection, &manifest.run).schema(), &schema).await?;
    for SchemaChange { stream, field, change } in schema.changes.iter().filter(|_| created) {
        let run = &manifest.run;
        match change {
            FieldChange::Appeared { .. } => tracing::info!(%run, %stream, field, "{change}"),
            _ => tracing::warn!(%run, %stream, field, "{change}"),
        }
    }
    Ok(())
}

/// Streams that only one of the runs read cannot be compared.
fn changes(before: &RunSchema, now: &RunSchema) -> Vec<SchemaChange> {
    let mut changes = Vec::new();
    for (stream, fields) in &now.streams {
        let Some(known) = before.streams.get(stream) else { continue };
        let changed = fields.changes_since(known).into_iter();
        changes.extend(changed.map(|(field, change)| SchemaChange { stream: *stream, field, change }));
    }
    changes
}
