//! The parts of a request: names in the path, query parameters, a body. Everything is parsed before it is used.

use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use causeway_domain::{ConnectionName, RunId};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Largest body, in bytes.
pub(crate) const MAX_BODY: usize = 1 << 20;

async fn named<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Problem> {
    let Path(names) = Path::<BTreeMap<String, String>>::from_request_parts(parts, state)
        .await
        .map_err(|rejection| Problem::request(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    names.get(name).cloned().ok_or_else(|| Problem::not_found("path", "a name is missing"))
}

/// `{connection}` of the path.
pub(crate) struct OfConnection(pub(crate) ConnectionName);

impl<S: Send + Sync> FromRequestParts<S> for OfConnection {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(ConnectionName::parse(&named(parts, state, "connection").await?)?))
    }
}

/// `{connection}` and `{run}` of the path.
pub(crate) struct OfRun(pub(crate) ConnectionName, pub(crate) RunId);

impl<S: Send + Sync> FromRequestParts<S> for OfRun {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OfConnection(connection) = OfConnection::from_request_parts(parts, state).await?;
        Ok(Self(connection, RunId::parse(&named(parts, state, "run").await?)?))
    }
}

/// `{secret}` of the path.
pub(crate) struct OfSecret(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for OfSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = named(parts, state, "secret").await?;
        causeway_ports::secrets::check_name(&name)?;
        Ok(Self(name))
    }
}

/// The query parameters.
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::request(StatusCode::BAD_REQUEST, rejection.body_text()))?;
        Ok(Self(asked))
    }
}

/// The JSON body; an empty one leaves everything out. Errors never repeat what was sent, because it may be a
/// secret.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::request(rejection.status(), rejection.body_text()))?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let kind = if error.is_data() { "does not match the API's description" } else { "is not JSON" };
            let detail = format!("its body {kind} at line {}, column {}", error.line(), error.column());
            Problem::request(StatusCode::BAD_REQUEST, detail)
        })
    }
}
