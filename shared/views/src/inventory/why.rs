//! The reason for a record's status: the verdict of the run that wrote the ledger.
//!
//! A plan lists every verdict other than *unchanged*, in key order, so one pass in parallel with the ledger finds
//! them all.

use causeway_domain::layout::RunKeys;
use causeway_domain::plan::{Plan, Rule, Verdict, VerdictRecord};
use causeway_domain::{ConnectionName, Failure, FindingKey, RunId};
use causeway_ledger::{Cursor, damaged};
use causeway_runs::Engine;
use causeway_runs::store::read;

/// A run's decision on one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Decision {
    /// The verdict; `None` if the run's verdict lists no longer exist.
    pub verdict: Option<Verdict>,
    /// The rule behind it.
    pub rule: Option<Rule>,
    /// The direct query that it is based on (`confirm/<n>` of the run).
    pub confirmed_by: Option<u32>,
}

/// The verdicts of one run.
pub(super) struct Decisions {
    /// `None` if the run's plan no longer exists.
    lists: Option<Cursor>,
    next: Option<VerdictRecord>,
    begun: bool,
}

impl Decisions {
    /// The verdicts of `run`.
    pub(super) async fn of(engine: &Engine, name: &ConnectionName, run: &RunId) -> Result<Self, Failure> {
        let plan: Option<Plan> = read(engine.objects.as_ref(), &RunKeys::new(name, run).plan()).await?;
        Ok(Self {
            lists: plan.map(|plan| Cursor::new(&engine.objects, plan.verdicts)),
            next: None,
            begun: false,
        })
    }

    /// The decision on `key`. Keys must come in order.
    pub(super) async fn on(&mut self, key: &FindingKey, seen_last: bool) -> Result<Decision, Failure> {
        let Some(lists) = &mut self.lists else {
            return Ok(Decision { verdict: None, rule: seen_last.then_some(Rule::Seen), confirmed_by: None });
        };
        while !self.begun || self.next.as_ref().is_some_and(|next| next.key < *key) {
            self.begun = true;
            self.next = match lists.next().await? {
                Some(line) => Some(parse(&line.text)?),
                None => None,
            };
        }
        Ok(match self.next.as_ref().filter(|next| next.key == *key) {
            Some(VerdictRecord { verdict, rule, confirmed_by, .. }) => {
                Decision { verdict: Some(*verdict), rule: Some(*rule), confirmed_by: *confirmed_by }
            }
            // A missing and unchanged record was closed before: any other missing record has a verdict.
            None => {
                let rule = if seen_last { Rule::Seen } else { Rule::AlreadyClosed };
                Decision { verdict: Some(Verdict::Unchanged), rule: Some(rule), confirmed_by: None }
            }
        })
    }
}

fn parse(line: &[u8]) -> Result<VerdictRecord, Failure> {
    serde_json::from_slice(line).map_err(|error| damaged("list of verdicts", &error.to_string()))
}
