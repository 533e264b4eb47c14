//! Confirming: before a missing record is closed the vendor is asked for exactly it (I-1).
//!
//! Each question also names control records that this run saw. An answer without any of them proves nothing, be it
//! because a filter was ignored, a token lost its sites or a proxy answered. A token can lose one site in mid-run, so a
//! record of a site counts as absent only if another of the same stream and of that very site came back. Where only
//! records of the other stream were seen of the site, two runs in a row must miss it; where nothing was, the guards hold the
//! plan (I-8).

use crate::decide::absences::{Absences, Counted, Counting};
use crate::decide::draft::{Draft, hash_of};
use crate::decide::groups::Groups;
use crate::decide::plan::Pass;
use crate::decide::question::{Missing, Question, QuestionCounts, is_answer};
use crate::decide::rejects::Blocked;
use crate::decide::witnesses::{Controls, Witnesses};
use crate::protocol::attempt::Attempt;
use crate::run_objects::{StagedPages, given_up};
use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{PageId, PageSummary};
use causeway_domain::{Failure, Manifest, Stream, VendorKey, WorkName};
use causeway_ports::Objects;
use causeway_reconcile::{
    Absence, AssetLines, EntryLines, MissingPolicy, Policy, Proof, Rows, closed_before, needs_confirmation,
    needs_question,
};

/// Keys per question: few enough for one answer, many enough that a thousand closings are ten requests.
const KEYS: usize = 100;

/// How far the questions of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Questions {
    /// Not written yet.
    Unwritten,
    /// Some are not answered yet.
    Open,
    /// All of these are answered or given up.
    Answered(QuestionCounts),
}

/// How far the questions are; queues them when they are written and were not queued.
pub(crate) async fn questions(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
) -> Result<Questions, Failure> {
    let keys = attempt.run();
    let objects = engine.objects.as_ref();
    let Some(questions) = store::read::<QuestionCounts>(objects, &keys.confirm_index()).await? else {
        return Ok(Questions::Unwritten);
    };
    let queued = attempt.keys().confirm_queued();
    let answered = |(stream, number)| staged.has(PageId::answer(stream, number));
    if questions.total() > 0 && !store::exists(objects, &queued).await? {
        let open = questions.each().filter(|question| !answered(*question));
        let work: Vec<_> = open.map(|(stream, number)| Work::Confirm { stream, number }).collect();
        attempt.send(engine.queues.work.as_ref(), work).await?;
        store::create(objects, &queued, &true).await?;
    }
    let lost = given_up(engine, attempt.keys()).await?;
    // A question may be answered and given up: its message can come twice.
    let given_up = |(stream, number)| lost.contains(&WorkName::Page(PageId::answer(stream, number)));
    let all = questions.each().all(|question| answered(question) || given_up(question));
    Ok(if all { Questions::Answered(questions) } else { Questions::Open })
}

/// Writes the questions about all missing records, and drafts the plan on the way.
pub(crate) async fn write(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
) -> Result<(), Failure> {
    let keys = RunKeys::new(&manifest.connection, &manifest.run);
    let may_ask = |missing: MissingPolicy| !missing.preserve && missing.proof == Proof::Answer;
    let of_any = may_ask(policy.missing_findings) || may_ask(policy.missing_assets);
    let may_close = policy.complete && of_any && !policy.scope_blocked && manifest.ledger.is_some();
    let questions = match may_close {
        true => write_questions(engine, manifest, policy, pages, blocked).await?,
        false => QuestionCounts::default(),
    };
    store::create(engine.objects.as_ref(), &keys.confirm_index(), &questions).await?;
    Ok(())
}

async fn write_questions(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
) -> Result<QuestionCounts, Failure> {
    let (objects, keys) = (engine.objects.as_ref(), RunKeys::new(&manifest.connection, &manifest.run));
    let mut groups = Groups::new(engine, manifest, pages, blocked, Absences::none()).await?;
    let mut pass = Pass::new(engine, manifest, policy, true)?;
    let mut witnesses = Witnesses::new(pages);
    let (mut assets, mut findings) =
        (Questionnaire::new(Stream::Assets), Questionnaire::new(Stream::Findings));
    while let Some(lines) = groups.next().await? {
        witnesses.hear(lines)?;
        for (at, missing) in missing_of(manifest, policy, lines)? {
            let (questionnaire, controls) = match missing.finding.is_empty() {
                true => (&mut assets, &witnesses.assets),
                false => (&mut findings, &witnesses.findings),
            };
            // Without a single record seen there is nothing to control an answer with, and nothing is asked or closed.
            if let Some(entry) = lines.entries.get_mut(at).filter(|_| controls.any()) {
                // As it will be if the vendor has none of what is asked for.
                entry.absence = Absence::Confirmed(questionnaire.number);
                questionnaire.add(missing, objects, keys, controls).await?;
            }
        }
        pass.judge(lines).await?;
    }
    assets.ask(objects, keys, &witnesses.assets).await?;
    findings.ask(objects, keys, &witnesses.findings).await?;
    let (plan, index) = pass.end().await?;
    let counts = QuestionCounts { assets: assets.number, findings: findings.number };
    // Where this comes second, answers to the first one's questions may be there, and a draft must know nothing of them.
    if !pages.iter().any(is_answer) {
        let absences = Counted::of(assets.counting, findings.counting);
        let draft = Draft { plan, index, pages: hash_of(pages), absences };
        store::create(objects, &keys.draft(), &draft).await?;
    }
    // A question about findings may need an asset of their site.
    if counts.total() > 0 {
        store::create(objects, &keys.confirm_sites(Stream::Assets), &witnesses.assets.sites).await?;
    }
    if counts.of(Stream::Findings) > 0 {
        store::create(objects, &keys.confirm_sites(Stream::Findings), &witnesses.findings.sites).await?;
    }
    Ok(counts)
}

/// The questions about records of one stream, as they are written.
struct Questionnaire {
    stream: Stream,
    counting: Counting,
    missing: Vec<Missing>,
    /// Number of the question that the next record is part of.
    number: u32,
}

impl Questionnaire {
    fn new(stream: Stream) -> Self {
        Self { stream, counting: Counting::default(), missing: Vec::new(), number: 0 }
    }

    async fn add(
        &mut self,
        missing: Missing,
        objects: &dyn Objects,
        keys: RunKeys<'_>,
        controls: &Controls,
    ) -> Result<(), Failure> {
        self.counting.add(self.number, &missing.key());
        self.missing.push(missing);
        if self.missing.len() == KEYS { self.ask(objects, keys, controls).await } else { Ok(()) }
    }

    /// Writes a question for all records that are in none yet.
    async fn ask(
        &mut self,
        objects: &dyn Objects,
        keys: RunKeys<'_>,
        controls: &Controls,
    ) -> Result<(), Failure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let question =
            Question { keys: std::mem::take(&mut self.missing), controls: controls.of_question()? };
        store::create(objects, &keys.confirm(self.stream, self.number), &question).await?;
        self.number += 1;
        Ok(())
    }
}

/// The records of an asset that this run did not see and that the vendor is to be asked for, each with its place among
/// the entries.
fn missing_of(
    manifest: &Manifest,
    policy: &Policy,
    lines: &AssetLines,
) -> Result<Vec<(usize, Missing)>, Failure> {
    let open = |entry: &EntryLines| {
        let known = entry.known.as_ref().filter(|_| entry.seen.is_none());
        known.is_some_and(|known| !closed_before(known, manifest.run.as_str()))
    };
    // Nearly always nothing is missing, and then no line is parsed.
    if !lines.entries.iter().any(open) {
        return Ok(Vec::new());
    }
    let entries = lines.entries.iter().map(EntryLines::entry).collect::<Result<Vec<_>, _>>()?;
    let is_finding = |lines: &EntryLines| !lines.finding().is_empty();
    let findings = || lines.entries.iter().zip(&entries).filter(|(lines, _)| is_finding(lines));
    let rows = Rows::of(policy, findings().map(|(_, entry)| entry));
    let named = findings().any(|(_, entry)| entry.seen.is_some());
    let asset_rejected = lines.entries.first().is_some_and(|own| own.rejected && !is_finding(own));
    let mut missing = Vec::new();
    for (at, (lines, mut entry)) in lines.entries.iter().zip(entries).enumerate() {
        entry.rejected |= asset_rejected;
        let Some(known) = entry.known.as_ref().filter(|_| open(lines)) else { continue };
        let asked = match is_finding(lines) {
            true => needs_confirmation(policy, &entry, rows.seen(known.vendor_key)),
            false => needs_question(policy, &entry, named),
        };
        if !asked {
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
