//! What the pages prove and what follows from it: questions for the missing, draft and plan.

pub(crate) mod absences;
pub(crate) mod confirm;
pub(crate) mod draft;
pub(crate) mod groups;
pub(crate) mod plan;
pub(crate) mod question;
pub(crate) mod rejected_rows;
pub(crate) mod rejects;
pub(crate) mod witnesses;

use crate::Engine;
use crate::protocol::attempt::Attempt;
use crate::protocol::schema;
use crate::run_objects::StagedPages;
use absences::Absences;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::invariant::I1;
use causeway_domain::plan::Plan;
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_reconcile::{Coverage, Policy};
use confirm::Questions;
use question::QuestionCounts;
use rejects::Blocked;

/// Does the next step towards the run's plan: writes the questions about what is missing, then the plan. Returns `false`
/// while answers are awaited.
pub(crate) async fn decide(
    engine: &Engine,
    attempt: &Attempt,
    coverage: &[StreamCoverage],
    staged: &StagedPages<'_>,
) -> Result<bool, Failure> {
    let questions = confirm::questions(engine, attempt, staged).await?;
    if questions == Questions::Open {
        return Ok(false);
    }
    let manifest = &attempt.manifest;
    let pages = staged.summaries().await?;
    let blocked = Blocked::load(engine, pages).await?;
    let complete = coverage.iter().all(StreamCoverage::is_complete) && manifest.replay.is_none();
    let policy = policy(engine, manifest, Coverage { complete, scope_blocked: blocked.without_key > 0 })?;
    let read = Read { attempt, policy: &policy, pages, blocked: &blocked };
    match questions {
        Questions::Answered(questions) => {
            let plan = plan_from(engine, &read, questions).await?;
            let vanished = schema::vanished(engine, manifest, pages, &plan).await?;
            plan::put(engine, manifest, &Plan { held: [plan.held, vanished].concat(), ..plan }).await?;
        }
        _ => confirm::write(engine, manifest, &policy, pages, &blocked).await?,
    }
    Ok(true)
}

/// By what the records of a run are judged whose pages prove `coverage`.
pub(crate) fn policy(engine: &Engine, manifest: &Manifest, coverage: Coverage) -> Result<Policy, Failure> {
    let scope = engine.connectors.catalog().source(&manifest.definition.definition)?.scope;
    let source = engine.connectors.source(&manifest.definition)?;
    let can_be_asked = |stream| source.single_records(stream).is_some();
    let takes = engine.connectors.destination(&manifest.definition)?.takes();
    Ok(Policy::of(manifest, scope, can_be_asked, takes, coverage))
}

/// What a run has read, and by what it is judged.
struct Read<'a> {
    attempt: &'a Attempt,
    policy: &'a Policy,
    pages: &'a [PageSummary],
    blocked: &'a Blocked,
}

/// The draft, if the answers are what it counts on; else a plan made from the answers.
async fn plan_from(engine: &Engine, read: &Read<'_>, questions: QuestionCounts) -> Result<Plan, Failure> {
    let Read { attempt, policy, pages, blocked } = *read;
    let manifest = &attempt.manifest;
    let absences = async || Absences::of(engine, manifest, questions, pages).await;
    let anew = async || plan::make(engine, manifest, policy, pages, blocked, absences().await?).await;
    let Some(plan) = draft::confirmed(engine, manifest, absences().await?, pages).await? else {
        return anew().await;
    };
    // In every test and simulated world.
    debug_assert!(draft::amounts_to(&plan, &anew().await?), "{I1}: a draft is what would be planned");
    Ok(plan)
}
