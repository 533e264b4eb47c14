//! `/v1/connections`.

use crate::input::{JsonBody, OfConnection, QueryParams};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_hosting::Host;
use causeway_runs::{Applied, ConnectionFile, Tested};
use causeway_views::{
    ConnectionDeleted, ConnectionDetails, ConnectionSummary, UpcomingStarts, connections, next_start,
    upcoming_starts,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A connection file with the documents that it refers to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Text of the connection file, TOML.
    file: String,
    /// Own documents by the names that the file uses for them: maps, target profiles, certificate authorities. Shipped ones
    /// and own maps of the stack need not be sent.
    #[serde(default)]
    documents: BTreeMap<String, String>,
}

/// How many starts to return.
#[derive(Debug, Deserialize)]
pub(crate) struct Starts {
    count: Option<u16>,
}

/// Lists all connections with their states and next starts.
#[utoipa::path(get, path = "/v1/connections", operation_id = "listConnections", tag = "connections",
    responses((status = 200, description = "As `causeway connection list --json` prints them", body = Vec<Object>)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn list(State(host): State<Arc<Host>>) -> Result<Json<Vec<ConnectionSummary>>, Problem> {
    Ok(Json(connections(&host.engine).await?))
}

/// Shows a connection: settings, state, documents, missing secrets.
#[utoipa::path(get, path = "/v1/connections/{connection}", operation_id = "showConnection", tag = "connections",
    params(("connection" = String, Path, description = "Name of the connection")),
    responses(
        (status = 200, description = "As `causeway connection show --json` prints it", body = Object),
        (status = 404, description = "No such connection", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn show(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
) -> Result<Json<ConnectionDetails>, Problem> {
    let connection = causeway_runs::load(&host.engine, &name).await?;
    let missing = causeway_runs::missing_secrets(&host.engine, &connection.registered, &stored(&host).await?);
    let next = next_start(&host.engine, &connection).await?;
    Ok(Json(ConnectionDetails::of(&connection, missing, next.as_ref().map(jiff::Zoned::timestamp))))
}

/// Creates or updates a connection and its schedule. A run in progress keeps the definition it started with.
#[utoipa::path(put, path = "/v1/connections/{connection}", operation_id = "applyConnection", tag = "connections",
    params(("connection" = String, Path, description = "Name of the connection, the same as in the file")),
    request_body = File,
    responses(
        (status = 200, description = "Updated", body = Object),
        (status = 201, description = "Created", body = Object),
        (status = 400, description = "The file has mistakes; `mistakes` says where", body = Problem),
        (status = 409, description = "Changed by someone else at the same time", body = Problem)),
    security(("token" = ["causeway/admin"])))]
pub(crate) async fn apply(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
    JsonBody(File { file, documents }): JsonBody<File>,
) -> Result<(StatusCode, Json<Applied>), Problem> {
    let beside =
        |name: &str| documents.get(name).cloned().ok_or_else(|| "it is missing from `documents`".to_owned());
    let place = "one of the `documents` of the request";
    let file = ConnectionFile { name: "connection file", text: &file, beside: &beside, place };
    let registered = causeway_runs::read_connection(&host.engine, &file).await?;
    if registered.definition.name != name {
        let detail = format!("the file describes connection {}, not {name}", registered.definition.name);
        return Err(Failure::new(FailureKind::DefinitionInvalid, "connection file", detail).into());
    }
    let applied = causeway_runs::apply(&host.engine, &file, registered, &stored(&host).await?).await?;
    follow_schedule(&host, &name).await?;
    let status = if applied.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(applied)))
}

/// Deletes a connection with its schedule, ledgers and runs; its secrets are kept.
#[utoipa::path(delete, path = "/v1/connections/{connection}", operation_id = "deleteConnection", tag = "connections",
    params(("connection" = String, Path, description = "Name of the connection")),
    responses(
        (status = 200, description = "Deleted", body = Object),
        (status = 404, description = "No such connection", body = Problem),
        (status = 409, description = "A run is in progress", body = Problem)),
    security(("token" = ["causeway/admin"])))]
pub(crate) async fn remove(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
) -> Result<Json<ConnectionDeleted>, Problem> {
    causeway_runs::remove(&host.engine, &name).await?;
    // If this fails, the schedule is deleted when it next fires and finds no connection.
    follow_schedule(&host, &name).await?;
    Ok(Json(ConnectionDeleted::of(name)))
}

/// Checks source and destination one step at a time, from where the workers run.
#[utoipa::path(post, path = "/v1/connections/{connection}/test", operation_id = "testConnection", tag = "connections",
    params(("connection" = String, Path, description = "Name of the connection")),
    responses(
        (status = 200, description = "The checks, including failed ones, as `causeway connection test --json` prints them",
            body = Vec<Object>),
        (status = 404, description = "No such connection", body = Problem)),
    security(("token" = ["causeway/operate"])))]
pub(crate) async fn test(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
) -> Result<Json<Vec<Tested>>, Problem> {
    Ok(Json(causeway_runs::test_connection(&host.engine, &name).await?))
}

/// Lists the next scheduled starts.
#[utoipa::path(get, path = "/v1/connections/{connection}/starts", operation_id = "nextStarts", tag = "connections",
    params(("connection" = String, Path, description = "Name of the connection"),
        ("count" = Option<u16>, Query, description = "How many to return, 1 to 100; 10 by default")),
    responses(
        (status = 200, description = "As `causeway schedule show --json` prints it for one connection: starts in UTC and in the schedule's own time zone; none without a schedule",
            body = Object),
        (status = 404, description = "No such connection", body = Problem)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn starts(
    State(host): State<Arc<Host>>,
    OfConnection(name): OfConnection,
    QueryParams(Starts { count }): QueryParams<Starts>,
) -> Result<Json<UpcomingStarts>, Problem> {
    let connection = causeway_runs::load(&host.engine, &name).await?;
    let count = usize::from(count.unwrap_or(10).clamp(1, 100));
    Ok(Json(upcoming_starts(&host.engine, &connection, count).await?))
}

async fn stored(host: &Host) -> Result<Vec<String>, Failure> {
    Ok(host.secrets.list().await?.into_iter().map(|entry| entry.name).collect())
}

/// Updates the schedule that wakes the connection.
async fn follow_schedule(host: &Host, name: &ConnectionName) -> Result<(), Failure> {
    match &host.schedules {
        Some(schedules) => causeway_runs::follow_schedule(&host.engine, schedules.as_ref(), name).await,
        None => Ok(()),
    }
}
