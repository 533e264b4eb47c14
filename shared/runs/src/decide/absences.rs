//! Which absences the vendor's answers prove (I-1).

use crate::Engine;
use crate::decide::question::{Question, QuestionCounts, Sites, is_answer};
use causeway_ledger::{Cursor, Line};

use crate::store;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{Confirmation, PageId, PageSummary};
use causeway_domain::{Failure, FindingKey, Manifest, Stream};
use causeway_mutants::Mutant;
use causeway_ports::Objects;
use causeway_reconcile::Absence;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The confirmed absences of a run, read along with the merge.
pub(crate) struct Absences {
    assets: Answers,
    findings: Answers,
}

/// Which records are asked for, and in which questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    assets: CountedRecords,
    findings: CountedRecords,
}

/// How many records of one stream, and a hash of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CountedRecords {
    records: u64,
    hash: String,
}

/// Counts records of one stream that are asked for, in the order of the questions.
#[derive(Default)]
pub(crate) struct Counting {
    records: u64,
    hasher: blake3::Hasher,
}

impl Counting {
    /// One more record, in question `number`.
    pub(crate) fn add(&mut self, number: u32, key: &FindingKey) {
        self.records += 1;
        self.hasher.update(&number.to_le_bytes());
        for part in [&key.asset, &key.finding] {
            self.hasher.update(&(part.len() as u64).to_le_bytes());
            self.hasher.update(part.as_bytes());
        }
    }

    fn end(self) -> CountedRecords {
        CountedRecords { records: self.records, hash: self.hasher.finalize().to_hex().to_string() }
    }
}

impl Counted {
    /// All that were counted.
    pub(crate) fn of(assets: Counting, findings: Counting) -> Self {
        Self { assets: assets.end(), findings: findings.end() }
    }
}

impl Absences {
    /// No question was asked.
    pub(crate) fn none() -> Self {
        Self { assets: Answers::default(), findings: Answers::default() }
    }

    /// The answers among `pages` to the run's questions. An answer that came after `pages` were listed does not count,
    /// because what it returned would not be seen.
    pub(crate) async fn of(
        engine: &Engine,
        manifest: &Manifest,
        questions: QuestionCounts,
        pages: &[PageSummary],
    ) -> Result<Self, Failure> {
        let keys = RunKeys::new(&manifest.connection, &manifest.run);
        let answers = async |stream| Answers::of(engine, keys, (stream, questions.of(stream)), pages).await;
        Ok(Self { assets: answers(Stream::Assets).await?, findings: answers(Stream::Findings).await? })
    }

    /// All that was asked for, if each question was answered and everything that it asked for is absent.
    pub(crate) async fn confirmed(self) -> Result<Option<Counted>, Failure> {
        let (assets, findings) = (self.assets.confirmed().await?, self.findings.confirmed().await?);
        Ok(assets.zip(findings).map(|(assets, findings)| Counted::of(assets, findings)))
    }

    /// What is known of the absence of the record of `line`. Lines must come in key order.
    pub(crate) async fn on(&mut self, line: &Line) -> Result<Absence, Failure> {
        let answers = if line.finding().is_empty() { &mut self.assets } else { &mut self.findings };
        answers.on(line).await
    }
}

/// The answers to the questions about one stream; questions are in key order.
#[derive(Default)]
struct Answers {
    /// `None` when there is nothing to read.
    objects: Option<Arc<dyn Objects>>,
    questions: VecDeque<String>,
    answers: VecDeque<Option<Answer>>,
    sites: Sites,
    current: VecDeque<(FindingKey, Absence)>,
}

/// An answer that can be trusted.
struct Answer {
    number: u32,
    data: Option<String>,
    visible_sites: BTreeSet<String>,
}

impl Answers {
    async fn of(
        engine: &Engine,
        keys: RunKeys<'_>,
        (stream, questions): (Stream, u32),
        pages: &[PageSummary],
    ) -> Result<Self, Failure> {
        if questions == 0 {
            return Ok(Self::default());
        }
        let pages: BTreeMap<_, _> =
            pages.iter().filter(|page| is_answer(page)).map(|page| (page.page, page)).collect();
        let answer = |number: u32| {
            let page = pages.get(&PageId::answer(stream, number))?;
            let trusted = page.confirmation == Some(Confirmation::Trusted);
            let (data, visible_sites) = (page.data.clone(), page.visible_sites.clone());
            (trusted || Mutant::TrustsEveryAnswer.on()).then_some(Answer { number, data, visible_sites })
        };
        Ok(Self {
            objects: Some(Arc::clone(&engine.objects)),
            questions: (0..questions).map(|number| keys.confirm(stream, number)).collect(),
            answers: (0..questions).map(answer).collect(),
            sites: store::require(engine.objects.as_ref(), &keys.confirm_sites(stream)).await?,
            current: VecDeque::new(),
        })
    }

    async fn confirmed(mut self) -> Result<Option<Counting>, Failure> {
        let mut counting = Counting::default();
        let mut number = 0;
        while let Some(question) = self.questions.pop_front() {
            self.load(&question).await?;
            for (key, absence) in self.current.drain(..) {
                if absence != Absence::Confirmed(number) {
                    return Ok(None);
                }
                counting.add(number, &key);
            }
            number += 1;
        }
        Ok(Some(counting))
    }

    async fn on(&mut self, line: &Line) -> Result<Absence, Failure> {
        loop {
            while let Some((front, absence)) = self.current.front() {
                match line.cmp_key(front).reverse() {
                    std::cmp::Ordering::Less => drop(self.current.pop_front()),
                    std::cmp::Ordering::Equal => return Ok(*absence),
                    std::cmp::Ordering::Greater => return Ok(Absence::NotConfirmed),
                }
            }
            let Some(question) = self.questions.pop_front() else { return Ok(Absence::NotConfirmed) };
            self.load(&question).await?;
        }
    }

    async fn load(&mut self, question: &str) -> Result<(), Failure> {
        let Some(objects) = &self.objects else { return Ok(()) };
        let question: Question = store::require(objects.as_ref(), question).await?;
        let answer = self.answers.pop_front().flatten();
        let mut returned = BTreeSet::new();
        if let Some(data) = answer.as_ref().and_then(|answer| answer.data.clone()) {
            let mut records = Cursor::new(objects, [data]);
            while let Some(record) = records.next().await? {
                returned.insert(record.key());
            }
        }
        for missing in question.keys {
            let proven = match self.sites.0.get(&missing.site) {
                Some(Some(control)) => returned.contains(&control.key()),
                // Where findings of a site were read, it has assets: a list of assets without any is not believed.
                Some(None) if missing.finding.is_empty() => false,
                Some(None) => {
                    let visible = |answer: &Answer| answer.visible_sites.contains(&missing.site);
                    missing.again && answer.as_ref().is_some_and(visible)
                }
                _ => true,
            };
            // A record without the vendor's key was not asked for.
            let proven = proven && missing.vendor_key.is_some();
            let absence = match &answer {
                Some(answer) if proven || Mutant::TakesAControlOfAnySite.on() => {
                    Absence::Confirmed(answer.number)
                }
                _ => Absence::NotConfirmed,
            };
            self.current.push_back((missing.key(), absence));
        }
        Ok(())
    }
}
