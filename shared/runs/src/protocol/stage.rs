//! Staging: a transformed page becomes objects, sorted by key, and counts once its summary exists (I-2, I-3).

use crate::guarantee::ensure;
use crate::{Engine, milestone, store};
use causeway_domain::Failure;
use causeway_domain::invariant::I3;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{Confirmation, PageFigures, PageId, PageSummary, Series, TAIL, Window};
use causeway_ledger::{StagedPage, segment};
use causeway_mutants::Mutant;
use causeway_ports::{Fetched, Transformed};
use jiff::Timestamp;

/// Where a page came from.
pub(crate) struct Origin {
    /// Where it was read; `None` for a confirming question.
    pub(crate) window: Option<Window>,
    /// Of a question: whether its answer can be trusted.
    pub(crate) confirmation: Option<Confirmation>,
    /// When the vendor answered.
    pub(crate) observed_at: Timestamp,
    /// The answer as it was kept.
    pub(crate) raw: Option<String>,
}

impl Origin {
    /// An answer of the vendor at `observed_at`.
    pub(crate) fn seen(observed_at: Timestamp) -> Self {
        Self { window: None, confirmation: None, observed_at, raw: None }
    }
}

/// Stores `page`. Another worker that staged it first wins, and that is no failure.
pub(crate) async fn stage(
    engine: &Engine,
    keys: RunKeys<'_>,
    page: PageId,
    (origin, figures): (Origin, PageFigures),
    fetched: &Fetched,
    transformed: Transformed,
) -> Result<(), Failure> {
    let objects = engine.objects.as_ref();
    let page = PageId { number: page.number + u32::from(Mutant::StagesUnderTheWrongPage.on()), ..page };
    let (rows, unusable) = (transformed.fetched, transformed.rejects.len() as u64);
    ensure(I3, keys.run, unusable <= rows, || format!("{unusable} of {rows} rows of {page} were rejected"));
    let mut summary = PageSummary { figures, ..summarize(page, origin, fetched, &transformed) };
    let Transformed { records, rejects, .. } = transformed;
    let StagedPage { text, records: staged, key_range } = StagedPage::write(&records)
        .map_err(|error| store::damaged(&format!("records of {page}"), &error.to_string()))?;
    drop(records);
    (summary.staged, summary.key_range) = (staged, key_range);
    if staged > 0 {
        summary.data_bytes = text.len() as u64;
        summary.data = Some(segment::put(objects, text, |hash| keys.page_data(page, hash)).await?);
    }
    if !rejects.is_empty() && !Mutant::LosesTheRejects.on() {
        let mut text = Vec::new();
        rejects.iter().try_for_each(|reject| segment::push_line(&mut text, reject))?;
        summary.rejects = Some(segment::put(objects, text, |hash| keys.page_rejects(page, hash)).await?);
    }
    store::create(objects, &keys.page_summary(page), &summary).await?;
    milestone::page_staged(keys.run, &summary);
    Ok(())
}

fn summarize(page: PageId, origin: Origin, fetched: &Fetched, transformed: &Transformed) -> PageSummary {
    let Origin { window, confirmation, observed_at, raw } = origin;
    let row_keys = &transformed.row_keys;
    let keep = if matches!(page.series, Series::CatchUp(_)) { usize::MAX } else { TAIL };
    let tail = row_keys.get(row_keys.len().saturating_sub(keep)..).unwrap_or_default().to_vec();
    let rejected = transformed.rejects.len() as u64;
    let keyless = row_keys.iter().filter(|key| key.is_keyless()).cloned().collect();
    let counted = if Mutant::CountsRejectsAsMapped.on() { 0 } else { rejected };
    PageSummary {
        page,
        window,
        fetched: transformed.fetched,
        mapped: transformed.fetched.saturating_sub(counted),
        rejected,
        staged: 0,
        first: row_keys.first().cloned(),
        tail,
        keyless,
        vendor_count: transformed.vendor_count,
        key_range: None,
        data: None,
        data_bytes: 0,
        rejects: None,
        raw,
        dropped_fields: fetched.dropped_fields.clone(),
        observed_at,
        traffic: fetched.traffic,
        figures: PageFigures::default(),
        confirmation,
    }
}
