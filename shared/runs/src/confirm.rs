//! Confirming: before a missing finding is closed the vendor is asked for exactly it (I-1).
//!
//! Each question also names control records that this run saw. An answer without any of them proves nothing, be it
//! because a filter was ignored, a token lost its sites or a proxy answered.

use crate::groups::Groups;
use crate::progress::{given_up, staged_keys};
use crate::rejects::Blocked;
use crate::start::{message, outgoing};
use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::Work;
use causeway_domain::page::{Confirmation, PageId, PageSummary, Series};
use causeway_domain::{Failure, FindingKey, Manifest, Stream};
use causeway_ports::Objects;
use causeway_reconcile::{Absence, Policy, needs_confirmation};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Keys per question: few enough for one answer, many enough that a thousand closings are ten requests.
const KEYS: usize = 100;

/// Control records per question; one is enough for trust, the others may vanish meanwhile.
const CONTROLS: usize = 3;

/// `confirm/<n>.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Findings that are missing, in key order.
    pub(crate) keys: Vec<FindingKey>,
    /// Findings that this run saw.
    pub(crate) controls: Vec<FindingKey>,
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
pub(crate) async fn questions(engine: &Engine, manifest: &Manifest) -> Result<Questions, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let objects = engine.objects.as_ref();
    let Some(questions) = store::read::<u32>(objects, &keys.confirm_index()).await? else {
        return Ok(Questions::Unwritten);
    };
    if questions > 0 && store::read::<bool>(objects, &keys.confirm_queued()).await?.is_none() {
        let work = |number| outgoing(&message(manifest, Work::Confirm { number }), Duration::ZERO);
        engine.queues.work.send(&(0..questions).map(work).collect::<Vec<_>>()).await?;
        store::create(objects, &keys.confirm_queued(), &true).await?;
    }
    let answered = staged_keys(engine, &format!("{}confirm/", keys.pages(Stream::Findings))).await?.len();
    let confirming = |work: &&String| work.starts_with("findings/confirm/");
    let lost = given_up(engine, keys).await?.iter().filter(confirming).count();
    Ok(if answered + lost >= questions as usize { Questions::Answered(questions) } else { Questions::Open })
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
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let mut groups = Groups::new(engine, manifest, pages, blocked, Absences::none()).await?;
    let mut controls: VecDeque<FindingKey> = VecDeque::new();
    let mut missing: VecDeque<FindingKey> = VecDeque::new();
    let mut number = 0;
    while let Some(lines) = groups.next().await? {
        let group = lines.group()?;
        let asset_rejected = group.own.rejected;
        for (finding, mut entry) in group.findings {
            let key = || FindingKey { asset: group.asset.to_owned(), finding: finding.to_owned() };
            entry.rejected |= asset_rejected;
            if entry.seen.is_some() {
                if controls.len() == CONTROLS {
                    controls.pop_front();
                }
                controls.push_back(key());
            } else if needs_confirmation(policy, &entry) {
                missing.push_back(key());
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
    Ok(number)
}

async fn ask(
    engine: &Engine,
    keys: RunKeys<'_>,
    number: &mut u32,
    missing: Vec<FindingKey>,
    controls: &VecDeque<FindingKey>,
) -> Result<(), Failure> {
    let question = Question { keys: missing, controls: controls.iter().cloned().collect() };
    store::create(engine.objects.as_ref(), &keys.confirm(*number), &question).await?;
    *number += 1;
    Ok(())
}

/// The confirmed absences of a run, read along with the merge; questions are in key order.
pub(crate) struct Absences {
    run: Option<(causeway_domain::ConnectionName, causeway_domain::RunId)>,
    questions: u32,
    next: u32,
    current: VecDeque<(FindingKey, Absence)>,
    /// Questions whose answer proves nothing, or that were given up.
    pub(crate) untrusted: u32,
}

impl Absences {
    /// No question was asked.
    pub(crate) fn none() -> Self {
        Self { run: None, questions: 0, next: 0, current: VecDeque::new(), untrusted: 0 }
    }

    /// The answers to the run's questions.
    pub(crate) fn of(manifest: &Manifest, questions: u32) -> Self {
        let run = Some((manifest.connection.clone(), manifest.run.clone()));
        Self { run, questions, ..Self::none() }
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
            if self.next >= self.questions {
                return Ok(Absence::NotConfirmed);
            }
            self.load(objects).await?;
        }
    }

    async fn load(&mut self, objects: &dyn Objects) -> Result<(), Failure> {
        let number = self.next;
        self.next += 1;
        let Some((connection, run)) = &self.run else { return Ok(()) };
        let keys = RunKeys(connection, run);
        let question: Question = store::require(objects, &keys.confirm(number)).await?;
        let page = PageId { stream: Stream::Findings, series: Series::Confirm, number };
        let answer = store::read::<PageSummary>(objects, &keys.page_summary(page)).await?;
        let trusted = answer.is_some_and(|answer| answer.confirmation == Some(Confirmation::Trusted));
        let absence = if trusted { Absence::Confirmed(number) } else { Absence::NotConfirmed };
        self.untrusted += u32::from(!trusted);
        self.current = question.keys.into_iter().map(|key| (key, absence)).collect();
        Ok(())
    }
}
