//! Advice after a run: its state, and what to do next, as data.

use crate::Account;
use causeway_domain::Outcome;
use causeway_domain::plan::Rule;
use serde::Serialize;

/// The state of a run, what to check, and what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What was sent and recorded, in one sentence; `None` when there is nothing to add to the outcome.
    pub standing: Option<String>,
    /// What to check or fix, a paragraph each.
    pub help: Vec<String>,
    /// Possible next steps, the most likely first.
    pub next: Vec<NextStep>,
}

/// A possible next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// The action.
    pub action: Action,
    /// The command that does it.
    pub command: String,
    /// What it does, to be read after the command.
    pub effect: &'static str,
}

/// Actions on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Start a run, or resume the one in progress.
    Run,
    /// Retry what failed.
    Redrive,
    /// Show the plan.
    ShowPlan,
    /// Send the held plan.
    Approve,
    /// Reject the held plan.
    Discard,
}

/// The effect of rejected rows.
const REJECTED: &str = "Rejected records keep their last known state, and the next run reads them again. Correct the map, or the \
     records at the vendor. If a row breaks the vendor's response, report it to the vendor with its position and key.";

/// What to check for assets that only findings name.
const WITHHELD: &str = "An asset without its own record would be created without name and tags. Look for it among the rejected \
     rows and at the vendor. It is sent with its findings once its record can be read.";

/// What to check when direct queries failed, or their answers failed the controls of `runs::confirm`.
const UNPROVED: &str = "An answer proves an absence only if it also returns findings of the same site that this run saw, and \
     nothing that was not requested. Check that the API user can still see every site, and that no proxy or older API ignores \
     the filters of a request. Until then these findings keep their status.";

impl Advice {
    /// Advice on the run of `account`.
    pub(crate) fn on(account: &Account) -> Self {
        let run = |effect| step(account, Action::Run, effect);
        let (standing, next) = match account.outcome {
            None => (Some("The run is unfinished."), vec![run("resumes it")]),
            Some(Outcome::Complete) => (None, Vec::new()),
            Some(Outcome::Partial) => (
                Some("Everything read was delivered, except the items listed."),
                vec![run("sends the rest once the cause is fixed")],
            ),
            Some(Outcome::Failed) => failed(account),
            Some(Outcome::Held) if account.interventions.iter().any(|one| !one.reopens()) => {
                (Some("Nothing was sent, and the plan was discarded."), vec![run("makes a new plan")])
            }
            Some(Outcome::Held) => (
                Some("Nothing was sent."),
                vec![
                    step(account, Action::ShowPlan, "shows what it would do"),
                    step(account, Action::Approve, "sends it if it is right"),
                    step(account, Action::Discard, "rejects it if the vendor's data is wrong"),
                ],
            ),
        };
        Self { standing: standing.map(ToOwned::to_owned), help: help(account), next }
    }
}

fn failed(account: &Account) -> (Option<&'static str>, Vec<NextStep>) {
    let run = |effect| step(account, Action::Run, effect);
    let redrive = || step(account, Action::Redrive, "retries what failed");
    match account.generation {
        // It failed before it knew what to read.
        None => (Some("Nothing was read and nothing was closed."), vec![run("starts a new run")]),
        Some(_) if account.planned_deliveries > 0 => (
            Some("Accepted batches are recorded; the rest will be resent."),
            vec![redrive(), run("also resends it")],
        ),
        Some(_) => {
            (Some("Nothing was committed and nothing was closed."), vec![redrive(), run("starts over")])
        }
    }
}

fn help(account: &Account) -> Vec<String> {
    let mut help = Vec::new();
    let mut add = |applies: bool, text: &str| help.extend(applies.then(|| text.to_owned()));
    add(!account.rejects.is_empty(), REJECTED);
    let partial = account.outcome == Some(Outcome::Partial);
    add(partial && account.findings.rules.contains_key(&Rule::NotConfirmed), UNPROVED);
    add(partial && account.assets.rules.contains_key(&Rule::AssetUnknown), WITHHELD);
    if account.outcome == Some(Outcome::Failed) {
        let cause = account.dead_letters.first().map(|letter| &letter.failure).or(account.failure.as_ref());
        help.extend(cause.map(|failure| failure.advice().to_owned()));
    }
    help
}

fn step(account: &Account, action: Action, effect: &'static str) -> NextStep {
    let Account { connection, run, .. } = account;
    let command = match action {
        Action::Run => format!("causeway run {connection}"),
        Action::Redrive => format!("causeway redrive {run}"),
        Action::ShowPlan => format!("causeway plan show {run}"),
        Action::Approve => format!("causeway plan approve {run}"),
        Action::Discard => format!("causeway plan discard {run}"),
    };
    NextStep { action, command, effect }
}
