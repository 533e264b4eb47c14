//! Why a record of the ledger is as it is: the verdict of the run that wrote the ledger.
//!
//! A plan lists every verdict that is not *unchanged*, in key order, so one pass beside the ledger finds them all.

use causeway_domain::layout::RunKeys;
use causeway_domain::plan::{Plan, Rule, Verdict, VerdictRecord};
use causeway_domain::{ConnectionName, Failure, FindingKey, RunId};
use causeway_ledger::{Cursor, damaged};
use causeway_runs::Engine;
use causeway_runs::store::read;

/// What a run decided on one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Decision {
    /// The verdict; `None` when the run's lists are gone.
    pub verdict: Option<Verdict>,
    /// The rule behind it.
    pub rule: Option<Rule>,
    /// The confirming question that it rests on (`confirm/<n>` of the run).
    pub confirmed_by: Option<u32>,
}

/// The verdicts of one run.
pub(super) struct Decisions {
    /// `None` when the run has no plan any more.
    lists: Option<Cursor>,
    next: Option<VerdictRecord>,
    begun: bool,
}

impl Decisions {
    /// Those of `run`.
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
            // What is missing and unchanged was closed before: everything else that is missing has a verdict.
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
