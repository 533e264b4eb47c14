//! `/v1/secrets`. A secret goes in and never comes out.

use crate::input::{JsonBody, OfSecret};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use causeway_hosting::Host;
use causeway_ports::{SecretEntry, SecretText};
use causeway_views::{SecretDeleted, SecretStored};
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecret {
    /// A token or password: one line of text, at most 64 KiB.
    #[schema(value_type = String, write_only)]
    value: SecretText,
}

/// No body is an empty secret, which is refused.
impl Default for NewSecret {
    fn default() -> Self {
        Self { value: SecretText::from("") }
    }
}

/// Lists the names of all secrets and when they were set.
#[utoipa::path(get, path = "/v1/secrets", operation_id = "listSecrets", tag = "secrets",
    responses((status = 200, description = "Names and times", body = Vec<Object>)),
    security(("token" = ["causeway/read"])))]
pub(crate) async fn list(State(host): State<Arc<Host>>) -> Result<Json<Vec<SecretEntry>>, Problem> {
    Ok(Json(host.secrets.list().await?))
}

/// Stores a secret, replacing an earlier one.
#[utoipa::path(put, path = "/v1/secrets/{secret}", operation_id = "setSecret", tag = "secrets",
    params(("secret" = String, Path, description = "Its name, as connection files refer to it")),
    request_body = NewSecret,
    responses(
        (status = 200, description = "Stored; the value is never returned", body = Object),
        (status = 400, description = "Not a valid name, or not one line of text", body = Problem)),
    security(("token" = ["causeway/admin"])))]
pub(crate) async fn set(
    State(host): State<Arc<Host>>,
    OfSecret(name): OfSecret,
    JsonBody(NewSecret { value }): JsonBody<NewSecret>,
) -> Result<Json<SecretStored>, Problem> {
    let value = causeway_ports::secrets::one_line(&name, value.expose_secret().as_bytes())?;
    host.secrets.set(&name, &value).await?;
    Ok(Json(SecretStored::of(name)))
}

/// Deletes a secret.
#[utoipa::path(delete, path = "/v1/secrets/{secret}", operation_id = "deleteSecret", tag = "secrets",
    params(("secret" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "Deleted", body = Object),
        (status = 404, description = "No such secret", body = Problem)),
    security(("token" = ["causeway/admin"])))]
pub(crate) async fn remove(
    State(host): State<Arc<Host>>,
    OfSecret(name): OfSecret,
) -> Result<Json<SecretDeleted>, Problem> {
    if host.secrets.delete(&name).await? {
        Ok(Json(SecretDeleted::of(name)))
    } else {
        Err(Problem::not_found(format!("secret {name}"), "is not stored"))
    }
}
