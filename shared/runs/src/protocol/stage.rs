//! Staging: writes a page as objects, sorted by key. It counts once its summary exists (I-2, I-3).

use crate::guarantee::ensure;
use crate::{Engine, milestone, store};
use causeway_domain::Failure;
use causeway_domain::invariant::I3;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{Confirmation, DroppedField, PageFigures, PageId, PageSummary, Traffic, Window};
use causeway_domain::reading::Link;
use causeway_ledger::{StagedPage, segment};
use causeway_mutants::Mutant;
use causeway_ports::Transformed;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The origin of a page.
pub(crate) struct Origin {
    /// Its window; `None` for a confirming question and in a chain.
    pub(crate) window: Option<Window>,
    /// Its place in a chain.
    pub(crate) link: Option<Link>,
    /// How many keys of its last rows are kept.
    pub(crate) kept_keys: usize,
    /// For a question: whether its answer can be trusted.
    pub(crate) confirmation: Option<Confirmation>,
    /// For a question: see [`PageSummary::visible_sites`].
    pub(crate) visible_sites: BTreeSet<String>,
    /// When the vendor answered.
    pub(crate) observed_at: Timestamp,
    /// Key of the kept page.
    pub(crate) raw: Option<String>,
}

/// Stores `page`. If another worker staged it first, its page stays, which is no failure. Returns whether what is stored is
/// what this call made.
pub(crate) async fn stage(
    engine: &Engine,
    keys: RunKeys<'_>,
    page: PageId,
    (origin, figures): (Origin, PageFigures),
    cost: (Vec<DroppedField>, Traffic),
    transformed: Transformed,
) -> Result<bool, Failure> {
    let objects = engine.objects.as_ref();
    let page = PageId { number: page.number + u32::from(Mutant::StagesUnderTheWrongPage.on()), ..page };
    let (rows, unusable) = (transformed.fetched, transformed.rejects.len() as u64);
    ensure(I3, keys.run, unusable <= rows, || format!("{unusable} of {rows} rows of {page} were rejected"));
    let mut summary = PageSummary { figures, ..summarize(page, origin, cost, &transformed) };
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
    let key = keys.page_summary(page);
    let created = store::create(objects, &key, &summary).await?;
    milestone::page_staged(keys.run, &summary);
    // A write whose answer was lost meets itself when it is repeated.
    Ok(created || store::read(objects, &key).await?.as_ref() == Some(&summary))
}

fn summarize(
    page: PageId,
    origin: Origin,
    (dropped_fields, traffic): (Vec<DroppedField>, Traffic),
    transformed: &Transformed,
) -> PageSummary {
    let Origin { window, link, kept_keys, confirmation, visible_sites, observed_at, raw } = origin;
    let row_keys = &transformed.row_keys;
    let tail = row_keys.get(row_keys.len().saturating_sub(kept_keys)..).unwrap_or_default().to_vec();
    let rejected = transformed.rejects.len() as u64;
    let keyless = row_keys.iter().filter(|key| key.is_keyless()).cloned().collect();
    let counted = if Mutant::CountsRejectsAsMapped.on() { 0 } else { rejected };
    PageSummary {
        page,
        window,
        link,
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
        dropped_fields,
        observed_at,
        traffic,
        figures: PageFigures::default(),
        confirmation,
        visible_sites,
    }
}
