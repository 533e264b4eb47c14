//! Confirming: before a missing finding is closed the vendor is asked for exactly it (I-1).
//!
//! Each question also names control records that this run saw. An answer without any of them proves nothing, be it
//! because a filter was ignored, a token lost its sites or a proxy answered. A token can lose one site in mid-run, so a
//! finding of a site counts as absent only if a record of that very site came back. Where only assets of the site were
//! seen, two runs in a row must miss it; where nothing was, the guards hold the plan (I-8).

use crate::decide::absences::{Absences, Counting};
use crate::decide::draft::{Draft, hash_of};
use crate::decide::groups::Groups;
use crate::decide::plan::Pass;
use crate::decide::question::{Missing, Question, is_answer};
use crate::decide::rejects::Blocked;
use crate::decide::witnesses::Witnesses;
use crate::protocol::attempt::Attempt;
use crate::run_objects::{StagedPages, given_up};
use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{PageId, PageSummary};
use causeway_domain::{Failure, Manifest, VendorKey, WorkName};
use causeway_ports::Objects;
use causeway_reconcile::{Absence, AssetLines, EntryLines, Policy, Rows, closed_before, needs_confirmation};

/// Keys per question: few enough for one answer, many enough that a thousand closings are ten requests.
const KEYS: usize = 100;

/// How far the questions of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Questions {
    /// Not written yet.
    Unwritten,
    /// Some are not answered yet.
    Open,
    /// All of this many are answered or given up.
    Answered(u32),
}

/// How far the questions are; queues them when they are written and were not queued.
pub(crate) async fn questions(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
) -> Result<Questions, Failure> {
    let keys = attempt.run();
    let objects = engine.objects.as_ref();
    let Some(questions) = store::read::<u32>(objects, &keys.confirm_index()).await? else {
        return Ok(Questions::Unwritten);
    };
    let queued = attempt.keys().confirm_queued();
    let answered = |number: u32| staged.has(PageId::answer(number));
    if questions > 0 && !store::exists(objects, &queued).await? {
        let work = (0..questions).filter(|number| !answered(*number)).map(|number| Work::Confirm { number });
        attempt.send(engine.queues.work.as_ref(), work.collect::<Vec<_>>()).await?;
        store::create(objects, &queued, &true).await?;
    }
    let lost = given_up(engine, attempt.keys()).await?;
    // A question may be answered and given up: its message can come twice.
    let settled = |number| answered(number) || lost.contains(&WorkName::Page(PageId::answer(number)));
    let all = (0..questions).all(settled);
    Ok(if all { Questions::Answered(questions) } else { Questions::Open })
}

/// Writes the questions about all missing findings, and drafts the plan on the way.
pub(crate) async fn write(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
) -> Result<(), Failure> {
    let keys = RunKeys::new(&manifest.connection, &manifest.run);
    let may_close =
        policy.complete && !policy.preserve_missing && !policy.scope_blocked && manifest.ledger.is_some();
    let questions =
        if may_close { write_questions(engine, manifest, policy, pages, blocked).await? } else { 0 };
    store::create(engine.objects.as_ref(), &keys.confirm_index(), &questions).await?;
    Ok(())
}

async fn write_questions(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
) -> Result<u32, Failure> {
    let (objects, keys) = (engine.objects.as_ref(), RunKeys::new(&manifest.connection, &manifest.run));
    let mut groups = Groups::new(engine, manifest, pages, blocked, Absences::none()).await?;
    let mut pass = Pass::new(engine, manifest, policy, true)?;
    let mut witnesses = Witnesses::new(pages);
    let (mut counting, mut missing, mut number) = (Counting::default(), Vec::new(), 0);
    while let Some(lines) = groups.next().await? {
        witnesses.hear(lines)?;
        // Without a single finding seen there is nothing to control an answer with, and nothing is asked or closed.
        let to_ask = if witnesses.any() { missing_of(manifest, policy, lines)? } else { Vec::new() };
        for (at, one) in to_ask {
            // As it will be if the vendor has none of what is asked for.
            if let Some(entry) = lines.entries.get_mut(at) {
                entry.absence = Absence::Confirmed(number);
            }
            counting.add(number, &one.key());
            missing.push(one);
            if missing.len() == KEYS {
                ask(objects, keys, &mut number, &mut missing, &witnesses).await?;
            }
        }
        pass.judge(lines).await?;
    }
    if !missing.is_empty() {
        ask(objects, keys, &mut number, &mut missing, &witnesses).await?;
    }
    let (plan, index) = pass.end().await?;
    // Where this comes second, answers to the first one's questions may be there, and a draft must know nothing of them.
    if !pages.iter().any(is_answer) {
        let draft = Draft { plan, index, pages: hash_of(pages), absences: counting.end() };
        store::create(objects, &keys.draft(), &draft).await?;
    }
    store::create(objects, &keys.confirm_sites(), &witnesses.sites).await?;
    Ok(number)
}

/// The findings of an asset that this run did not see and that the vendor is to be asked for, each with its place among
/// the entries.
fn missing_of(
    manifest: &Manifest,
    policy: &Policy,
    lines: &AssetLines,
) -> Result<Vec<(usize, Missing)>, Failure> {
    let open = |entry: &EntryLines| {
        let known = entry.known.as_ref().filter(|_| entry.seen.is_none() && !entry.finding().is_empty());
        known.is_some_and(|known| !closed_before(known, manifest.run.as_str()))
    };
    // Nearly always nothing is missing, and then no line is parsed.
    if !lines.entries.iter().any(open) {
        return Ok(Vec::new());
    }
    let entries = lines.entries.iter().map(EntryLines::entry).collect::<Result<Vec<_>, _>>()?;
    let rows = Rows::of(policy, &entries);
    let asset_rejected = lines.entries.first().is_some_and(|own| own.rejected && own.finding().is_empty());
    let mut missing = Vec::new();
    for (at, (lines, mut entry)) in lines.entries.iter().zip(entries).enumerate() {
        entry.rejected |= asset_rejected;
        let Some(known) = entry.known.as_ref().filter(|_| open(lines)) else { continue };
        if !needs_confirmation(policy, &entry, rows.seen(known.vendor_key)) {
            continue;
        }
        let vendor_key = known.vendor_key.map(VendorKey::read).transpose();
        missing.push((
            at,
            Missing {
                asset: known.asset.to_string(),
                finding: known.finding.to_string(),
                vendor_key: vendor_key
                    .map_err(|error| store::damaged("ledger record", &error.to_string()))?,
                site: known.scope.site_group().to_owned(),
                again: Some(&known.last_seen) != manifest.ledger.as_ref().map(|ledger| &ledger.run),
            },
        ));
    }
    Ok(missing)
}

async fn ask(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    number: &mut u32,
    missing: &mut Vec<Missing>,
    witnesses: &Witnesses,
) -> Result<(), Failure> {
    let question = Question { keys: std::mem::take(missing), controls: witnesses.controls()? };
    store::create(objects, &keys.confirm(*number), &question).await?;
    *number += 1;
    Ok(())
}
