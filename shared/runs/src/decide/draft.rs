//! The plan as it will be if the vendor has nothing of what is missing, which is what it nearly always answers. It is
//! drafted while the questions are written, so that ledger and pages are read once.
//!
//! A draft closes nothing: it becomes the plan only when every single absence that it counts on was confirmed (I-1) and
//! nothing else was learned meanwhile. Otherwise the plan is made anew from what the vendor answered.

use crate::decide::absences::{Absences, Counted};
use causeway_ledger::segment;
use causeway_ledger::{Cursor, Line, MERGE_BYTES, Staged, sorted_runs};
use causeway_reconcile::unchanged;

use crate::decide::plan::put_index;
use crate::decide::question::is_answer;
use crate::{Engine, store};
use causeway_domain::delivery::DeliveryPlan;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::PageSummary;
use causeway_domain::plan::{LedgerIndex, Plan};
use causeway_domain::{Failure, Manifest, RunId, stored};
use causeway_mutants::Mutant;
use causeway_ports::Objects;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `draft/plan.json`: put-if-absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// The plan, but for its ledger index: of those a run has one.
    pub(crate) plan: Plan,
    pub(crate) index: LedgerIndex,
    /// Hash of the pages that were read for it.
    pub(crate) pages: String,
    /// The absences that it counts on.
    pub(crate) absences: Counted,
}

stored!(Draft);

/// Hash of what was read before anything was asked.
pub(crate) fn hash_of(pages: &[PageSummary]) -> String {
    let mut names: Vec<String> = pages
        .iter()
        .filter(|page| !is_answer(page))
        .map(|page| format!("{} {:?} {:?}\n", page.page, page.data, page.rejects))
        .collect();
    names.sort();
    blake3::hash(names.concat().as_bytes()).to_hex().to_string()
}

/// The drafted plan, if there is one and the answers among `pages` are what it counts on. Its verdicts then stand where
/// those of a plan do; before, whoever opens them would read what was not decided.
pub(crate) async fn confirmed(
    engine: &Engine,
    manifest: &Manifest,
    absences: Absences,
    pages: &[PageSummary],
) -> Result<Option<Plan>, Failure> {
    let keys = RunKeys::new(&manifest.connection, &manifest.run);
    let draft = store::read::<Draft>(engine.objects.as_ref(), &keys.draft()).await;
    let Some(draft) = store::unless_damaged(draft)? else {
        return Ok(None);
    };
    let as_drafted = draft.pages == hash_of(pages)
        && (absences.confirmed().await?.as_ref() == Some(&draft.absences)
            || Mutant::TakesTheDraftUnconfirmed.on())
        && (answers_repeat_draft(&engine.objects, keys, &draft.index, pages).await?
            || Mutant::TakesTheDraftWhateverCame.on());
    if !as_drafted {
        return Ok(None);
    }
    let mut plan = draft.plan;
    for (number, drafted) in (0..).zip(&mut plan.verdicts) {
        let text = segment::get(engine.objects.as_ref(), drafted).await?;
        let mut as_written = false;
        let decided = segment::put(engine.objects.as_ref(), text, |hash| {
            as_written = *drafted == keys.draft_verdicts(number, hash);
            keys.verdicts(number, hash)
        });
        *drafted = decided.await?;
        if !as_written {
            return Ok(None);
        }
    }
    plan.ledger_index = put_index(engine, manifest, &draft.index).await?;
    Ok(Some(plan))
}

/// Whether the answers hold nothing but findings that the draft's ledger has as this run saw them, and in the same words.
/// Answers and ledger are both in key order; only segments that may hold one of these findings are read.
///
/// # Errors
/// Those of the object store, and `StoreDamaged` for what cannot be read.
pub async fn answers_repeat_draft(
    objects: &Arc<dyn Objects>,
    keys: RunKeys<'_>,
    drafted: &LedgerIndex,
    pages: &[PageSummary],
) -> Result<bool, Failure> {
    let answers = || pages.iter().filter(|page| is_answer(page));
    if answers().any(|answer| answer.rejected > 0) {
        return Ok(false);
    }
    let mut came = Staged::new(objects, sorted_runs(objects, keys, answers(), MERGE_BYTES).await?);
    let mut next = came.next().await?;
    for segment in &drafted.segments {
        let mut lines: Option<Cursor> = None;
        while let Some(seen) = &next
            && seen.line.cmp_key(&segment.last).is_le()
        {
            let lines = lines.get_or_insert_with(|| Cursor::new(objects, [segment.key.clone()]));
            let known = lines.find(&seen.line).await?;
            if !known.is_some_and(|known| drafted_unchanged(&seen.line, &known, keys.run)) {
                return Ok(false);
            }
            next = came.next().await?;
        }
    }
    Ok(next.is_none())
}

/// Whether the drafted ledger line of a finding was made from a record of this run that says what `seen` says.
fn drafted_unchanged(seen: &Line, drafted: &Line, run: &RunId) -> bool {
    unchanged(seen, drafted).is_some_and(|found| {
        drafted.text.get(found.last_seen).is_some_and(|seen_by| seen_by == run.as_str().as_bytes())
    })
}

/// Whether both decide the same of every record and send the same assets, however these are cut into deliveries.
pub(crate) fn amounts_to(drafted: &Plan, made: &Plan) -> bool {
    let sent = |plan: &Plan| {
        let sums = |(assets, findings), one: &DeliveryPlan| (assets + one.assets, findings + one.findings);
        plan.deliveries.iter().fold((0, 0), sums)
    };
    let decided = |plan: &Plan| Plan { deliveries: Vec::new(), ..plan.clone() };
    decided(drafted) == decided(made) && sent(drafted) == sent(made)
}
