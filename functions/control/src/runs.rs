//! `/v1/connections/{connection}/runs` and previews.

use crate::input::{JsonBody, OfConnection, OfRun, QueryParams};
use crate::part::{InParts, Part};
use crate::problem::Problem;
use crate::scratch::Scratch;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use causeway_domain::{ConnectionName, RunId};
use causeway_hosting::Host;
use causeway_runs::PreviewRequest;
use causeway_views::{Account, PreviewAccount, RunStarted, RunSummary, forecast, run_list};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most pages that a preview reads of each stream: it must answer within one request.
const MOST_PAGES: u32 = 5;

/// Most records shown next to their source, per stream.
const MOST_RECORDS: usize = 50;

/// A request to start a run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Idempotency token, 1 to 256 bytes: repeating it returns the same run.
    #[serde(default)]
    token: Option<String>,
}

/// What to preview.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    /// Pages to read of each stream, 1 to 5; 1 by default.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 5)]
    pages: Option<u32>,
    /// Records to show next to their source, per stream, 0 to 50; 2 by default.
    #[serde(default)]
    #[schema(maximum = 50)]
    records: Option<usize>,
}

/// Lists the runs of a connection, newest first.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs", operation_id = "listRuns", tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection")),
    responses(
        (status = 200, description = "As `causeway runs --json` prints them", body = Vec<Object>),
        (status = 404, description = "No such connection", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn list(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
) -> Result<Json<Vec<RunSummary>>, Problem> {
    causeway_runs::load(&host.engine, &name).await?;
    Ok(Json(run_list(&host.engine, &[name]).await?))
}

/// Starts a run.
#[utoipa::path(post, path = "/v1/connections/{connection}/runs", operation_id = "startRun", tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection")),
    request_body = Wish,
    responses(
        (status = 202, description = "Started, or the existing run if the token was used before", body = Object),
        (status = 404, description = "No such connection", body = Problem),
        (status = 409, description = "Another run is in progress", body = Problem),
        (status = 502, description = "The vendor refused the row count; the run has failed", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn start(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
    JsonBody(Wish { token }): JsonBody<Wish>,
) -> Result<(StatusCode, Json<RunStarted>), Problem> {
    let request = causeway_runs::request_of(&host.engine, &name, token.as_deref()).await?;
    let started = causeway_runs::start(&host.engine, &name, &request).await?;
    Ok((StatusCode::ACCEPTED, Json(RunStarted::of(name, started))))
}

/// Shows what a run read, decided and sent so far.
#[utoipa::path(get, path = "/v1/connections/{connection}/runs/{run}", operation_id = "showRun", tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("run" = String, Path, description = "Id of the run"),
        ("from" = Option<usize>, Query, description = "Number of the first entry of `refused` and `dead_letters` to return; 0 by default. `next` of a response is the `from` of the next part, null in the last one"),
        ("limit" = Option<usize>, Query, description = "Entries of each of the two lists to return, 1 to 10,000; 1,000 by default, and fewer where they are too large for one response")),
    responses(
        (status = 200, description = "As `causeway run show --json` prints it, but `refused` and `dead_letters` in parts, with `refused_total` and `dead_letters_total`; `outcome` is null while it runs",
            body = Object),
        (status = 404, description = "No such connection or run", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn show(
    State(host): State<Arc<Host>>,
    OfRun(name, run): OfRun,
    QueryParams(part): QueryParams<Part>,
) -> Result<Json<InParts<Account>>, Problem> {
    must_exist(&host, &name, &run).await?;
    let account = causeway_views::account(&host.engine, &name, run).await?;
    Ok(Json(part.of(account, |account| vec![&mut account.refused, &mut account.dead_letters])))
}

/// Shows what a run would do now, from its first pages; sends and changes nothing.
#[utoipa::path(post, path = "/v1/connections/{connection}/preview", operation_id = "preview", tag = "runs",
    params(("connection" = String, Path, description = "Name of the connection")),
    request_body = Bounds,
    responses(
        (status = 200, description = "As `causeway preview --json` prints it", body = Object),
        (status = 404, description = "No such connection", body = Problem),
        (status = 502, description = "The vendor cannot be read", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn preview(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
    JsonBody(Bounds { pages, records }): JsonBody<Bounds>,
) -> Result<Json<PreviewAccount>, Problem> {
    let request = PreviewRequest {
        pages: Some(pages.unwrap_or(1).clamp(1, MOST_PAGES)),
        records: records.unwrap_or(2).min(MOST_RECORDS),
        instead: None,
    };
    let scratch = Arc::new(Scratch::default());
    let preview = causeway_runs::preview(&host.engine, scratch, &name, &request, &|_, _| {}).await?;
    Ok(Json(PreviewAccount::of(&preview, forecast(&preview, host.engine.connectors.catalog())?)))
}

/// Fails unless `run` is a run of this connection.
pub(crate) async fn must_exist(host: &Host, name: &ConnectionName, run: &RunId) -> Result<(), Problem> {
    causeway_runs::load(&host.engine, name).await?;
    let runs = causeway_runs::runs(&host.engine, name).await?;
    if runs.iter().any(|(known, ..)| known == run) {
        return Ok(());
    }
    Err(Problem::not_found(format!("run {run} of connection {name}"), "there is no such run"))
}
