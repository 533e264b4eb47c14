//! `/v1/connections/{connection}/runs/{run}/plan`, and redriving. Who decides is the subject of the token.

use crate::caller::Caller;
use crate::input::{Asked, OfRun, Sent};
use crate::part::{InParts, Part};
use crate::problem::Problem;
use crate::runs::must_exist;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use causeway_domain::ConnectionName;
use causeway_hosting::Host;
use causeway_runs::{Person, Started};
use causeway_views::{Explanation, PlanAccount, PlanDiscarded, RunStarted};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Letters of a note at most.
const LONGEST_NOTE: usize = 2000;

/// Why somebody decides so.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// For the record; at most 2,000 letters.
    #[serde(default)]
    note: String,
}

/// An approval.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// The plan's id as it was shown, to approve exactly that one.
    #[serde(default)]
    plan: Option<String>,
    /// For the record; at most 2,000 letters.
    #[serde(default)]
    note: String,
}

/// Which verdict to explain.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    finding: String,
}

/// What a run found and would send: counts, why it is held, what it would close.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs/{run}/plan", operation_id = "showPlan", tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run"),
        ("from" = Option<usize>, Query, description = "Number of the first entry of `closing` to tell; 0 by default. `next` of an answer is the `from` of the next part, null in the last one"),
        ("limit" = Option<usize>, Query, description = "Entries of `closing` to tell, 1 to 10,000; 1,000 by default, and fewer where they are too large for one answer")),
    responses(
        (status = 200, description = "As `causeway plan show --json` prints it, but `closing` in parts; `closing_total` and `closing_at` count all of it, `plan` is the same in all parts", body = Object),
        (status = 404, description = "There is no such run, or it has made no plan", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn show(
    State(host): State<Arc<Host>>,
    OfRun(name, run): OfRun,
    Asked(part): Asked<Part>,
) -> Result<Json<InParts<PlanAccount>>, Problem> {
    must_exist(&host, &name, &run).await?;
    let details = causeway_views::plan_details(&host.engine, &name, &run).await?;
    let details =
        details.ok_or_else(|| Problem::not_found(format!("plan of run {run}"), "it has made none"))?;
    let account = causeway_views::account(&host.engine, &name, run).await?;
    let plan = PlanAccount::of(&account, &details);
    Ok(Json(part.of(plan, |plan| vec![&mut plan.closing])))
}

/// Why the plan judges one finding as it does.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs/{run}/plan/why", operation_id = "explainVerdict",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run"),
        ("finding" = String, Query, description = "A finding id, or asset id and finding id with a slash between them, or an asset id")),
    responses(
        (status = 200, description = "As `causeway plan show --why --json` prints it", body = Vec<Object>),
        (status = 404, description = "There is no such run, or nothing of that name in it", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn why(
    State(host): State<Arc<Host>>,
    OfRun(name, run): OfRun,
    Asked(Wanted { finding }): Asked<Wanted>,
) -> Result<Json<Vec<Explanation>>, Problem> {
    must_exist(&host, &name, &run).await?;
    Ok(Json(causeway_views::explain(&host.engine, (&name, &run), &finding).await?))
}

/// Carries out a held plan: its deliveries go out and its ledger takes effect.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/plan/approve", operation_id = "approvePlan",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Approval,
    responses(
        (status = 202, description = "Under way", body = Object),
        (status = 404, description = "There is no such run", body = Problem),
        (status = 409, description = "It is not held, or its plan is another one", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn approve(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    Sent(Approval { plan, note }): Sent<Approval>,
) -> Result<(StatusCode, Json<RunStarted>), Problem> {
    must_exist(&host, &name, &run).await?;
    let person = person(caller, note)?;
    let started = causeway_runs::approve(&host.engine, (&name, &run), &person, plan.as_deref()).await?;
    Ok(under_way(name, started))
}

/// Turns a held plan down for good; nothing of it is sent.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/plan/discard", operation_id = "discardPlan",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Note,
    responses(
        (status = 200, description = "Discarded; who did so first is told", body = Object),
        (status = 404, description = "There is no such run", body = Problem),
        (status = 409, description = "It is not held", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn discard(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    Sent(Note { note }): Sent<Note>,
) -> Result<Json<PlanDiscarded>, Problem> {
    must_exist(&host, &name, &run).await?;
    let discarded = causeway_runs::discard(&host.engine, (&name, &run), &person(caller, note)?).await?;
    Ok(Json(PlanDiscarded { connection: name, run, discarded }))
}

/// Tries again what the newest run gave up: pages not read, batches not delivered, assets refused.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/redrive", operation_id = "redriveRun",
    tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Note,
    responses(
        (status = 202, description = "Under way", body = Object),
        (status = 404, description = "There is no such run", body = Problem),
        (status = 409, description = "It gave nothing up, or a newer run has taken over", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn redrive(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    Sent(Note { note }): Sent<Note>,
) -> Result<(StatusCode, Json<RunStarted>), Problem> {
    must_exist(&host, &name, &run).await?;
    let started = causeway_runs::redrive(&host.engine, (&name, &run), &person(caller, note)?).await?;
    Ok(under_way(name, started))
}

fn under_way(name: ConnectionName, started: Started) -> (StatusCode, Json<RunStarted>) {
    (StatusCode::ACCEPTED, Json(RunStarted::of(name, started)))
}

fn person(caller: Caller, note: String) -> Result<Person, Problem> {
    if note.chars().count() > LONGEST_NOTE {
        let detail = format!("its note has more than {LONGEST_NOTE} letters");
        return Err(Problem::request(StatusCode::BAD_REQUEST, detail));
    }
    Ok(Person { by: caller.subject, note })
}
