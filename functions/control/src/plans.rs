//! `/v1/connections/{connection}/runs/{run}/plan`, and redriving. Decisions are recorded under the token's subject.

use crate::caller::Caller;
use crate::input::{JsonBody, OfRun, QueryParams};
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

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// The reason for a decision.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// Reason to record, at most 2,000 characters.
    #[serde(default)]
    note: String,
}

/// An approval.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// The plan's id as `showPlan` returned it, to approve exactly that plan.
    #[serde(default)]
    plan: Option<String>,
    /// Reason to record, at most 2,000 characters.
    #[serde(default)]
    note: String,
}

/// Which verdict to explain.
#[derive(Debug, Deserialize)]
pub(crate) struct WhyParams {
    finding: String,
}

/// Shows what a run found and would send: counts, why it is held, what it would close.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs/{run}/plan", operation_id = "showPlan", tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run"),
        ("from" = Option<usize>, Query, description = "Number of the first entry of `closing` to return; 0 by default. `next` of a response is the `from` of the next part, null in the last one"),
        ("limit" = Option<usize>, Query, description = "Entries of `closing` to return, 1 to 10,000; 1,000 by default, and fewer where they are too large for one response")),
    responses(
        (status = 200, description = "As `causeway plan show --json` prints it, but `closing` in parts; `closing_total` and `closing_at` count all of it, `plan` is the same in all parts", body = Object),
        (status = 404, description = "No such run, or it has no plan", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn show(
    State(host): State<Arc<Host>>,
    OfRun(name, run): OfRun,
    QueryParams(part): QueryParams<Part>,
) -> Result<Json<InParts<PlanAccount>>, Problem> {
    must_exist(&host, &name, &run).await?;
    let details = causeway_views::plan_details(&host.engine, &name, &run).await?;
    let details =
        details.ok_or_else(|| Problem::not_found(format!("plan of run {run}"), "it has no plan yet"))?;
    let account = causeway_views::account(&host.engine, &name, run).await?;
    let plan = PlanAccount::of(&account, &details);
    Ok(Json(part.of(plan, |plan| vec![&mut plan.closing])))
}

/// Explains the verdict on one finding.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs/{run}/plan/why", operation_id = "explainVerdict",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run"),
        ("finding" = String, Query, description = "A finding id, ASSET/FINDING, or an asset id")),
    responses(
        (status = 200, description = "As `causeway plan show --why --json` prints it", body = Vec<Object>),
        (status = 404, description = "No such run, or nothing with this id in it", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn why(
    State(host): State<Arc<Host>>,
    OfRun(name, run): OfRun,
    QueryParams(WhyParams { finding }): QueryParams<WhyParams>,
) -> Result<Json<Vec<Explanation>>, Problem> {
    must_exist(&host, &name, &run).await?;
    Ok(Json(causeway_views::explain(&host.engine, (&name, &run), &finding).await?))
}

/// Approves a held plan: sends it and records the result.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/plan/approve", operation_id = "approvePlan",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Approval,
    responses(
        (status = 202, description = "Started", body = Object),
        (status = 404, description = "No such run", body = Problem),
        (status = 409, description = "The run is not held, or it has a different plan", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn approve(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    JsonBody(Approval { plan, note }): JsonBody<Approval>,
) -> Result<(StatusCode, Json<RunStarted>), Problem> {
    must_exist(&host, &name, &run).await?;
    let person = person(caller, note)?;
    let started = causeway_runs::approve(&host.engine, (&name, &run), &person, plan.as_deref()).await?;
    Ok(under_way(name, started))
}

/// Rejects a held plan permanently; nothing of it is sent.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/plan/discard", operation_id = "discardPlan",
    tag = "plans",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Note,
    responses(
        (status = 200, description = "Discarded; names the person who did so first", body = Object),
        (status = 404, description = "No such run", body = Problem),
        (status = 409, description = "The run is not held", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn discard(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    JsonBody(Note { note }): JsonBody<Note>,
) -> Result<Json<PlanDiscarded>, Problem> {
    must_exist(&host, &name, &run).await?;
    let discarded = causeway_runs::discard(&host.engine, (&name, &run), &person(caller, note)?).await?;
    Ok(Json(PlanDiscarded { connection: name, run, discarded }))
}

/// Retries what failed in the newest run: pages not read, batches not delivered, assets refused.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs/{run}/redrive", operation_id = "redriveRun",
    tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run")),
    request_body = Note,
    responses(
        (status = 202, description = "Started", body = Object),
        (status = 404, description = "No such run", body = Problem),
        (status = 409, description = "Nothing failed in this run, or a newer run has replaced it", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn redrive(
    State(host): State<Arc<Host>>,
    Extension(caller): Extension<Caller>,
    OfRun(name, run): OfRun,
    JsonBody(Note { note }): JsonBody<Note>,
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
        let detail = format!("its note has more than {LONGEST_NOTE} characters");
        return Err(Problem::request(StatusCode::BAD_REQUEST, detail));
    }
    Ok(Person { by: caller.subject, note })
}
