//! Confirming: before a missing finding is closed the vendor is asked for exactly it (I-1).
//!
//! Each question also names control records that this run saw. An answer without any of them proves nothing, be it
//! because a filter was ignored, a token lost its sites or a proxy answered. A token can lose one site in mid-run, so a
//! finding of a site counts as absent only if a record of that very site came back. Where only assets of the site were
//! seen, two runs in a row must miss it; where nothing was, the guards hold the plan (I-8).

use crate::absences::{Absences, Counting};
use crate::attempt::Attempt;
use crate::draft::{Draft, hash_of, is_answer};
use crate::groups::{AssetLines, EntryLines, Groups};
use crate::heads::{closed_before, scope_text};
use crate::merge::{Line, StagedLine};
use crate::plan::Pass;
use crate::progress::{given_up, staged_keys};
use crate::rejects::Blocked;
use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{PageId, PageSummary, Series};
use causeway_domain::record::StagedRecord;
use causeway_domain::{Failure, FindingKey, Manifest, Scope, Stream};
use causeway_ports::Objects;
use causeway_reconcile::{Absence, Policy, mutant, needs_confirmation};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Keys per question: few enough for one answer, many enough that a thousand closings are ten requests.
const KEYS: usize = 100;

/// Control records per question; one is enough for trust, the others may vanish meanwhile.
const CONTROLS: usize = 3;

/// `confirm/<n>.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Findings that are missing, in key order.
    pub(crate) keys: Vec<Missing>,
    /// Findings that this run saw.
    pub(crate) controls: Vec<FindingKey>,
}

/// A missing finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    #[serde(flatten)]
    pub(crate) key: FindingKey,
    /// The site it was last seen at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Whether the run before missed it too.
    pub(crate) again: bool,
}

/// `confirm/sites.json`: sites that this run saw, each with a finding that was seen there; `None` where only assets were.
pub(crate) type Sites = BTreeMap<String, Option<FindingKey>>;

/// The keys to ask for and all controls of question `number`.
pub(crate) async fn to_ask(
    engine: &Engine,
    keys: RunKeys<'_>,
    number: u32,
) -> Result<(Vec<FindingKey>, Vec<FindingKey>), Failure> {
    let objects = engine.objects.as_ref();
    let Question { keys: missing, mut controls } = store::require(objects, &keys.confirm(number)).await?;
    let sites: Sites = store::require(objects, &keys.confirm_sites()).await?;
    if mutant::on("asks-without-controls") {
        controls.clear();
    }
    let of_site = |missing: &Missing| sites.get(missing.site.as_ref()?)?.clone();
    controls.extend(missing.iter().filter_map(of_site));
    controls.sort();
    controls.dedup();
    let asked = if mutant::on("asks-for-the-first-only") { 1 } else { missing.len() };
    Ok((missing.into_iter().map(|missing| missing.key).take(asked).collect(), controls))
}

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
pub(crate) async fn questions(engine: &Engine, attempt: &Attempt) -> Result<Questions, Failure> {
    let keys = attempt.run();
    let objects = engine.objects.as_ref();
    let Some(questions) = store::read::<u32>(objects, &keys.confirm_index()).await? else {
        return Ok(Questions::Unwritten);
    };
    let queued = attempt.keys().confirm_queued();
    let answered = staged_keys(engine, &format!("{}confirm/", keys.pages(Stream::Findings))).await?;
    if questions > 0 && !store::exists(objects, &queued).await? {
        let open = |number: &u32| !answered.contains(&keys.page_summary(question_page(*number)));
        let work = (0..questions).filter(open).map(|number| Work::Confirm { number });
        attempt.send(engine.queues.work.as_ref(), work.collect::<Vec<_>>()).await?;
        store::create(objects, &queued, &true).await?;
    }
    let lost = given_up(engine, attempt.keys()).await?;
    // A question may be answered and given up: its message can come twice.
    let settled =
        |page: PageId| answered.contains(&keys.page_summary(page)) || lost.contains(&page.to_string());
    let all = (0..questions).map(question_page).all(settled);
    Ok(if all { Questions::Answered(questions) } else { Questions::Open })
}

pub(crate) fn question_page(number: u32) -> PageId {
    PageId { stream: Stream::Findings, series: Series::Confirm, number }
}

/// Writes the questions about all missing findings, and drafts the plan on the way.
pub(crate) async fn write(
    engine: &Engine,
    manifest: &Manifest,
    policy: &Policy,
    pages: &[PageSummary],
    blocked: &Blocked,
) -> Result<(), Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let may_close = (policy.complete || mutant::on("closes-in-an-incomplete-run"))
        && (!policy.preserve_missing || mutant::on("ignores-the-preserve-setting"))
        && (!policy.scope_blocked || mutant::on("ignores-a-keyless-reject"))
        && manifest.ledger.is_some();
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
    let (objects, keys) = (engine.objects.as_ref(), RunKeys(&manifest.connection, &manifest.run));
    let mut groups = Groups::new(engine, manifest, pages, blocked, Absences::none()).await?;
    let mut pass = Pass::new(engine, manifest, policy, true)?;
    let mut witnesses = Witnesses::new(pages);
    let (mut counting, mut missing, mut number) = (Counting::default(), Vec::new(), 0);
    while let Some(lines) = groups.next().await? {
        witnesses.hear(lines)?;
        let asset_rejected =
            lines.entries.first().is_some_and(|own| own.rejected && own.finding().is_empty());
        for lines in lines.entries.iter_mut().filter(|entry| entry.seen.is_none()) {
            // Without a single finding seen there is nothing to control an answer with, and nothing is asked or closed.
            if witnesses.any()
                && let Some(one) = missing_of(manifest, policy, lines, asset_rejected)?
            {
                // As it will be if the vendor has none of what is asked for.
                lines.absence = Absence::Confirmed(number);
                counting.add(number, &one.key);
                missing.push(one);
            }
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

/// The finding of `lines`, which this run did not see, if the vendor is to be asked for it.
fn missing_of(
    manifest: &Manifest,
    policy: &Policy,
    lines: &EntryLines,
    asset_rejected: bool,
) -> Result<Option<Missing>, Failure> {
    let closed = lines.known.as_ref().is_some_and(|known| closed_before(known, manifest.run.as_str()));
    if closed || lines.finding().is_empty() {
        return Ok(None);
    }
    let mut entry = lines.entry()?;
    entry.rejected |= asset_rejected;
    let known = entry.known.as_ref().filter(|_| needs_confirmation(policy, &entry));
    Ok(known.map(|known| Missing {
        key: FindingKey { asset: known.asset.to_string(), finding: known.finding.to_string() },
        again: Some(&known.last_seen) != manifest.ledger.as_ref().map(|ledger| &ledger.run),
        site: known.scope.site.as_ref().map(ToString::to_string),
    }))
}

async fn ask(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    number: &mut u32,
    missing: &mut Vec<Missing>,
    witnesses: &Witnesses,
) -> Result<(), Failure> {
    let question = Question { keys: std::mem::take(missing), controls: witnesses.controls() };
    store::create(objects, &keys.confirm(*number), &question).await?;
    *number += 1;
    Ok(())
}

/// What the run saw that answers can be controlled by.
struct Witnesses {
    /// A finding that some page has; `None` where the run saw no finding at all.
    first: Option<FindingKey>,
    /// The findings that came last.
    last: VecDeque<Line>,
    sites: Sites,
    /// The last scope that was read, as text, and its site.
    scope: Vec<u8>,
    site: Option<String>,
}

impl Witnesses {
    fn new(pages: &[PageSummary]) -> Self {
        let of_findings =
            pages.iter().filter(|page| page.page.stream == Stream::Findings && !is_answer(page));
        let first = of_findings.filter_map(|page| page.key_range.as_ref()).map(|(first, _)| first).min();
        let (last, sites, scope, site) = Default::default();
        Self { first: first.cloned(), last, sites, scope, site }
    }

    fn any(&self) -> bool {
        self.first.is_some()
    }

    /// What a question is controlled by.
    fn controls(&self) -> Vec<FindingKey> {
        let first = self.first.iter().filter(|_| self.last.is_empty()).cloned();
        self.last.iter().map(Line::key).chain(first).collect()
    }

    /// Takes note of what was seen of one asset.
    fn hear(&mut self, lines: &AssetLines) -> Result<(), Failure> {
        let mut seen = lines.entries.iter().filter_map(|entry| entry.seen.as_ref()).peekable();
        while let Some(StagedLine { line, .. }) = seen.next() {
            let scope = scope_text(line);
            if scope.is_none_or(|scope| scope != self.scope.as_slice()) {
                self.read_scope(scope, &line.text)?;
            }
            // Of neighbours in one scope the last one is heard.
            let next = seen.peek().filter(|next| !next.line.finding().is_empty());
            let same = next.is_some_and(|next| scope.is_some() && scope_text(&next.line) == scope);
            let Some(site) = self.site.as_ref().filter(|_| !same) else { continue };
            if line.finding().is_empty() {
                self.sites.entry(site.clone()).or_default();
            } else {
                self.sites.insert(site.clone(), Some(line.key()));
            }
        }
        let findings = lines.entries.iter().rev().filter(|entry| !entry.finding().is_empty());
        let last: Vec<_> = findings.filter_map(|entry| entry.seen.as_ref()).take(CONTROLS).collect();
        self.last.extend(last.into_iter().rev().map(|seen| seen.line.clone()));
        self.last.drain(..self.last.len().saturating_sub(CONTROLS));
        Ok(())
    }

    fn read_scope(&mut self, scope: Option<&[u8]>, line: &[u8]) -> Result<(), Failure> {
        let unreadable = |error: serde_json::Error| store::damaged("staged record", &error.to_string());
        let scope_of: Scope<'_> = match scope {
            Some(scope) => serde_json::from_slice(scope).map_err(unreadable)?,
            None => serde_json::from_slice::<StagedRecord<'_>>(line).map_err(unreadable)?.scope,
        };
        self.site = scope_of.site.map(std::borrow::Cow::into_owned);
        self.scope.clear();
        self.scope.extend_from_slice(scope.unwrap_or_default());
        Ok(())
    }
}
