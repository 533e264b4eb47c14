//! Schema drift: what the sampled rows of a run held, compared with the last committed run.

use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::plan::Plan;
use causeway_domain::schema::{FieldChange, RunSchema, SAMPLED_PAGES, SchemaChange};
use causeway_domain::{Failure, FailureKind, Manifest, PageId, PageSummary, Series};

/// Whether the sample of `page` is kept: pages spread evenly over the stream, so that a run of any length keeps few.
pub(crate) fn is_sampled(manifest: &Manifest, page: PageId) -> bool {
    let plan = manifest.streams.iter().find(|plan| plan.stream == page.stream);
    let every = plan.map_or(1, |plan| plan.pages.div_ceil(SAMPLED_PAGES).max(1));
    match page.series {
        Series::Main => page.number.is_multiple_of(every),
        // How long a chain will be is not known.
        Series::Chain(_) => page.number == 0 || page.number.is_power_of_two(),
        Series::CatchUp(_) | Series::Confirm => false,
    }
}

/// Writes the run's schema once and tells of every change in the log.
pub(crate) async fn compare(
    engine: &Engine,
    manifest: &Manifest,
    pages: &[PageSummary],
) -> Result<(), Failure> {
    let schema = compared(engine, manifest, pages).await;
    let key = RunKeys::new(&manifest.connection, &manifest.run).schema();
    let created = store::create(engine.objects.as_ref(), &key, &schema).await?;
    for SchemaChange { stream, field, change } in schema.changes.iter().filter(|_| created) {
        let run = &manifest.run;
        match change {
            FieldChange::Appeared { .. } => tracing::info!(%run, %stream, field, "{change}"),
            _ => tracing::warn!(%run, %stream, field, "{change}"),
        }
    }
    Ok(())
}

/// Why `plan` must be held: fields that maps read, that had values in the last committed run and have none any more. Whatever
/// is made of them would be sent as absent or as its default, and nobody would have decided that.
pub(crate) async fn vanished(
    engine: &Engine,
    manifest: &Manifest,
    pages: &[PageSummary],
    plan: &Plan,
) -> Result<Vec<Failure>, Failure> {
    let guarded = manifest.definition.definition.guards.hold_vanished_field && manifest.replay.is_none();
    if !guarded || plan.deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let source = engine.connectors.source(&manifest.definition)?;
    let mut reasons = Vec::new();
    for SchemaChange { stream, field, change } in compared(engine, manifest, pages).await.changes {
        if matches!(change, FieldChange::Vanished { .. }) && source.mapped_fields(stream).contains(&field) {
            let detail = format!(
                "no record has a value any more; the map reads it, and {} deliveries would go out without it",
                plan.deliveries.len()
            );
            reasons.push(Failure::new(FailureKind::Held, format!("{stream}: field {field:?}"), detail));
        }
    }
    Ok(reasons)
}

/// The fields in the samples of `pages`, compared with those of the last committed run.
async fn compared(engine: &Engine, manifest: &Manifest, pages: &[PageSummary]) -> RunSchema {
    let mut schema = RunSchema::default();
    for page in pages {
        if let Some(fields) = &page.figures.fields {
            schema.streams.entry(page.page.stream).or_default().absorb(fields);
        }
    }
    if let Some(ledger) = &manifest.ledger {
        let key = RunKeys::new(&manifest.connection, &ledger.run).schema();
        // A run of an earlier version has none, and a damaged one must not fail this run.
        let before: Option<RunSchema> = store::read(engine.objects.as_ref(), &key).await.ok().flatten();
        if let Some(before) = before {
            schema.changes = changes(&before, &schema);
            schema.compared_with = Some(ledger.run.clone());
        }
    }
    schema
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
