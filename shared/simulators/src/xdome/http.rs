//! Request handling: routing, order of the checks, faults.

use super::controls;
use super::vendor::Vendor;
use crate::faults::{Action, Endpoint};
use crate::timing::pause;
use crate::wire::{self, Reply};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, header};
use bytes::Bytes;
use std::sync::Arc;

const MOST_BYTES: usize = 64 << 20;

/// Answers any request.
pub(super) async fn answer(State(vendor): State<Arc<Vendor>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return Reply::detail(413, "Request Entity Too Large").response();
    };
    let path = head.uri.path();
    if let Some(control) = path.strip_prefix("/_simulator/") {
        return controls::answer(&vendor, &head.method, control, head.uri.query(), &body);
    }
    let (endpoint, received) = (endpoint(path), body.len());
    let (status, sent, response) = match route(endpoint, path, &head.method, head.uri.query()) {
        Err(answer) => (answer.status, answer.body.len(), answer.response()),
        Ok(endpoint) => work(&vendor, endpoint, &head.headers, body).await,
    };
    vendor.traffic.count(endpoint.map_or("other", Endpoint::name), status, received, sent);
    response
}

fn endpoint(path: &str) -> Option<Endpoint> {
    match path.trim_end_matches('/') {
        "/api/v1/devices" => Some(Endpoint::Devices),
        "/api/v1/device_vulnerability_relations" => Some(Endpoint::Relations),
        _ => None,
    }
}

/// The endpoint of a request, or the refusal of the vendor's framework before the endpoint's own code runs.
fn route(
    endpoint: Option<Endpoint>,
    path: &str,
    method: &Method,
    query: Option<&str>,
) -> Result<Endpoint, Reply> {
    let endpoint = endpoint.ok_or_else(|| Reply::detail(404, "Not Found"))?;
    if !path.ends_with('/') {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let slashed = Reply::text(307, "text/plain; charset=utf-8", Bytes::new());
        return Err(slashed.with("location", format!("{path}/{query}")));
    }
    match *method {
        Method::POST => Ok(endpoint),
        _ => Err(Reply::detail(405, "Method Not Allowed").with("allow", "POST")),
    }
}

async fn work(
    vendor: &Arc<Vendor>,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: Bytes,
) -> (u16, usize, Response<Body>) {
    let sized = |answer: Reply| (answer.status, answer.body.len(), answer.response());
    pause(vendor.latency).await;
    if let Err(limit) = vendor.gate.admit() {
        return sized(Reply::too_many(limit));
    }
    let action = vendor.faults.pick(endpoint, offset(&body));
    if let Some((status, response)) = wire::before(&action).await {
        return (status, 0, response);
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if action == Action::ExpireToken {
        vendor.door.expire(authorization);
    }
    let sites = match vendor.door.admit(authorization, endpoint) {
        Ok(sites) => sites,
        Err(refusal) => {
            let (status, text) = refusal.answer();
            return sized(Reply::detail(status, text).with("www-authenticate", "Bearer"));
        }
    };
    let is_json = is_json(headers);
    let (shared, asked) = (Arc::clone(vendor), action.clone());
    let made = tokio::task::spawn_blocking(move || {
        shared.answer(endpoint, is_json, &body, sites.as_deref(), &asked)
    });
    let answer = made.await.unwrap_or_else(|lost| Reply::detail(500, lost.to_string()));
    let sent = answer.body.len();
    let (status, response) = wire::after(&action, answer).await;
    (status, sent, response)
}

/// Whether the framework accepts the type as JSON: `application/json` or `application/…+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The requested offset, by which faults can select a page.
fn offset(body: &[u8]) -> Option<u64> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(body.get("offset").and_then(serde_json::Value::as_u64).unwrap_or(0))
}
