//! Confirming: before a missing finding is closed the vendor is asked for exactly it (I-1).
//!
//! Each question also names control records that this run saw. An answer without any of them proves nothing, be it
//! because a filter was ignored, a token lost its sites or a proxy answered. A token can lose one site in mid-run, so a
//! finding of a site counts as absent only if a record of that very site came back. Where only assets of the site were
//! seen, two runs in a row must miss it; where nothing was, the guards hold the plan (I-8).

use crate::attempt::Attempt;
use crate::groups::Groups;
use crate::merge::Cursor;
use crate::progress::{given_up, staged_keys};
use crate::rejects::Blocked;
use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{Confirmation, PageId, PageSummary, Series};
use causeway_domain::{Failure, FindingKey, Manifest, Stream};
use causeway_ports::Objects;
use causeway_reconcile::{Absence, Policy, mutant, needs_confirmation};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    key: FindingKey,
    /// The site it was last seen at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// Whether the run before missed it too.
    again: bool,
}

/// `confirm/sites.json`: sites that this run saw, each with a finding that was seen there; `None` where only assets were.
type Sites = BTreeMap<String, Option<FindingKey>>;

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

fn question_page(number: u32) -> PageId {
    PageId { stream: Stream::Findings, series: Series::Confirm, number }
}

/// Writes the questions about all missing findings.
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
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let mut groups = Groups::new(engine, manifest, pages, blocked, Absences::none()).await?;
    let mut controls: VecDeque<FindingKey> = VecDeque::new();
    let mut missing: VecDeque<Missing> = VecDeque::new();
    let mut sites = Sites::new();
    let mut number = 0;
    while let Some(lines) = groups.next().await? {
        let group = lines.group()?;
        let asset_rejected = group.own.rejected;
        if let Some(site) = group.own.seen.as_ref().and_then(|seen| seen.record.scope.site.as_ref()) {
            sites.entry(site.to_string()).or_default();
        }
        for (finding, mut entry) in group.findings {
            let key = || FindingKey { asset: group.asset.to_owned(), finding: finding.to_owned() };
            entry.rejected |= asset_rejected;
            if let Some(seen) = &entry.seen {
                if let Some(site) = &seen.record.scope.site {
                    sites.insert(site.to_string(), Some(key()));
                }
                if controls.len() == CONTROLS {
                    controls.pop_front();
                }
                controls.push_back(key());
            } else if needs_confirmation(policy, &entry) {
                let site = entry.known.as_ref().and_then(|known| known.scope.site.as_ref());
                let last_seen = entry.known.as_ref().map(|known| &known.last_seen);
                let again = last_seen != manifest.ledger.as_ref().map(|ledger| &ledger.run);
                missing.push_back(Missing { key: key(), site: site.map(ToString::to_string), again });
            }
        }
        while missing.len() >= KEYS && !controls.is_empty() {
            ask(engine, keys, &mut number, missing.drain(..KEYS).collect(), &controls).await?;
        }
    }
    // Without a single finding seen there is nothing to control an answer with, and nothing is asked or closed.
    while !missing.is_empty() && !controls.is_empty() {
        let some = missing.drain(..missing.len().min(KEYS)).collect();
        ask(engine, keys, &mut number, some, &controls).await?;
    }
    store::create(engine.objects.as_ref(), &keys.confirm_sites(), &sites).await?;
    Ok(number)
}

async fn ask(
    engine: &Engine,
    keys: RunKeys<'_>,
    number: &mut u32,
    missing: Vec<Missing>,
    controls: &VecDeque<FindingKey>,
) -> Result<(), Failure> {
    let question = Question { keys: missing, controls: controls.iter().cloned().collect() };
    store::create(engine.objects.as_ref(), &keys.confirm(*number), &question).await?;
    *number += 1;
    Ok(())
}

/// The confirmed absences of a run, read along with the merge; questions are in key order.
pub(crate) struct Absences {
    questions: VecDeque<String>,
    answers: VecDeque<Option<Answer>>,
    sites: Sites,
    current: VecDeque<(FindingKey, Absence)>,
}

/// An answer that can be trusted.
struct Answer {
    number: u32,
    data: Option<String>,
}

impl Absences {
    /// No question was asked.
    pub(crate) fn none() -> Self {
        let (questions, answers) = (VecDeque::new(), VecDeque::new());
        Self { questions, answers, sites: Sites::new(), current: VecDeque::new() }
    }

    /// The answers among `pages` to the run's questions. An answer that came after `pages` were listed does not count,
    /// because what it returned would not be seen.
    pub(crate) async fn of(
        engine: &Engine,
        manifest: &Manifest,
        questions: u32,
        pages: &[PageSummary],
    ) -> Result<Self, Failure> {
        let keys = RunKeys(&manifest.connection, &manifest.run);
        if questions == 0 {
            return Ok(Self::none());
        }
        let answer = |number: u32| {
            let page = pages.iter().find(|page| page.page == question_page(number))?;
            let trusted = page.confirmation == Some(Confirmation::Trusted);
            (trusted || mutant::on("trusts-every-answer")).then(|| Answer { number, data: page.data.clone() })
        };
        Ok(Self {
            questions: (0..questions).map(|number| keys.confirm(number)).collect(),
            answers: (0..questions).map(answer).collect(),
            sites: store::require(engine.objects.as_ref(), &keys.confirm_sites()).await?,
            current: VecDeque::new(),
        })
    }

    /// What is known of the absence of `key`. Keys must come in order.
    pub(crate) async fn of_key(
        &mut self,
        objects: &dyn Objects,
        key: &FindingKey,
    ) -> Result<Absence, Failure> {
        loop {
            while let Some((front, absence)) = self.current.front() {
                match front.cmp(key) {
                    std::cmp::Ordering::Less => drop(self.current.pop_front()),
                    std::cmp::Ordering::Equal => return Ok(*absence),
                    std::cmp::Ordering::Greater => return Ok(Absence::NotConfirmed),
                }
            }
            let Some(question) = self.questions.pop_front() else { return Ok(Absence::NotConfirmed) };
            self.load(objects, &question).await?;
        }
    }

    async fn load(&mut self, objects: &dyn Objects, question: &str) -> Result<(), Failure> {
        let question: Question = store::require(objects, question).await?;
        let answer = self.answers.pop_front().flatten();
        let mut returned = BTreeSet::new();
        if let Some(data) = answer.as_ref().and_then(|answer| answer.data.clone()) {
            let mut records = Cursor::new([data]);
            while let Some(record) = records.next(objects).await? {
                returned.insert(record.key);
            }
        }
        for Missing { key, site, again } in question.keys {
            let control = site.and_then(|site| self.sites.get(&site));
            let proven = match control {
                Some(Some(control)) => returned.contains(control),
                Some(None) => again,
                None => true,
            };
            let absence = match &answer {
                Some(answer) if proven || mutant::on("takes-a-control-of-any-site") => {
                    Absence::Confirmed(answer.number)
                }
                None if mutant::on("takes-silence-for-absence") => Absence::Confirmed(0),
                _ => Absence::NotConfirmed,
            };
            self.current.push_back((key, absence));
        }
        Ok(())
    }
}
