//! Request handling: routing, sign-in, faults, control endpoints.

use super::receiver::Receiver;
use crate::controls::{CHUNK, line, ndjson, read, shown};
use crate::faults::{Action, Endpoint, Fault};
use crate::timing::pause;
use crate::wire::{self, Reply};
use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, Response, Uri, header};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const MOST_BYTES: usize = 512 << 20;

/// Answers any request.
pub(super) async fn answer(State(receiver): State<Arc<Receiver>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return Reply::json(413, &json!({ "message": "Payload too large" })).response();
    };
    if let Some(control) = head.uri.path().strip_prefix("/_simulator/") {
        return control_answer(&receiver, &head, control, &body);
    }
    let endpoint = match head.uri.path() {
        "/auth" => Some(Endpoint::Auth),
        "/rest/2.0/am/connector/asset/data/sync" => Some(Endpoint::Sync),
        _ => None,
    };
    let received = body.len();
    let (status, sent, response) = match endpoint {
        None => sized(Reply::json(404, &json!({ "message": "Not Found" }))),
        Some(_) if head.method != Method::POST => {
            sized(Reply::json(405, &json!({ "message": "Method Not Allowed" })))
        }
        Some(endpoint) => work(&receiver, endpoint, head, body).await,
    };
    receiver.traffic.count(endpoint.map_or("other", Endpoint::name), status, received, sent);
    response
}

fn sized(answer: Reply) -> (u16, usize, Response<Body>) {
    (answer.status, answer.body.len(), answer.response())
}

async fn work(
    receiver: &Arc<Receiver>,
    endpoint: Endpoint,
    head: Parts,
    body: Bytes,
) -> (u16, usize, Response<Body>) {
    pause(Duration::from_millis(receiver.config.latency_ms)).await;
    // Sign-in is outside the vendor's limits.
    if endpoint == Endpoint::Sync
        && let Err(limit) = receiver.gate.admit()
    {
        return sized(Reply::too_many(limit));
    }
    let action = receiver.faults.pick(endpoint, None);
    if let Some((status, response)) = wire::before(&action).await {
        return (status, 0, response);
    }
    if action == Action::ExpireToken {
        receiver.tokens.expire();
    }
    let answer = match endpoint {
        Endpoint::Auth => sign_in(receiver, head, body).await,
        _ => sync(receiver, &head, body, &action).await,
    };
    let sent = answer.body.len();
    let (status, response) = wire::after(&action, answer).await;
    (status, sent, response)
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn sign_in(receiver: &Receiver, head: Parts, body: Bytes) -> Reply {
    match Form::<Credentials>::from_request(Request::from_parts(head, Body::from(body)), &()).await {
        Ok(Form(Credentials { username, password })) => receiver.sign_in(&username, &password),
        Err(wrong) => {
            Reply::json(400, &json!({ "message": wrong.to_string(), "responseCode": "BAD_REQUEST" }))
        }
    }
}

async fn sync(receiver: &Arc<Receiver>, head: &Parts, body: Bytes, action: &Action) -> Reply {
    let header_text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    if !receiver.tokens.admit(header_text(header::AUTHORIZATION)) {
        return Reply::json(401, &json!({ "message": "Unauthorized", "responseCode": "UNAUTHORIZED" }));
    }
    if !header_text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
        let message = "Content-Type is not application/json";
        return Reply::json(415, &json!({ "message": message, "responseCode": "UNSUPPORTED_MEDIA_TYPE" }));
    }
    let (shared, action) = (Arc::clone(receiver), action.clone());
    let pushed = tokio::task::spawn_blocking(move || shared.push(&body, &action)).await;
    pushed.unwrap_or_else(|lost| Reply::json(500, &json!({ "message": lost.to_string() })))
}

#[derive(Deserialize, Default)]
struct FindingsQuery {
    asset: Option<String>,
    status: Option<String>,
}

fn control_answer(receiver: &Arc<Receiver>, head: &Parts, name: &str, body: &[u8]) -> Response<Body> {
    let answer = match (&head.method, name) {
        (&Method::GET, "summary") => Reply::json(200, &shown(&receiver.summary())),
        (&Method::GET, "assets") => return assets(Arc::clone(receiver)),
        (&Method::GET, "findings") => return findings(Arc::clone(receiver), &head.uri),
        (&Method::POST, "faults") => {
            match read::<Vec<Fault>>(body).and_then(|faults| receiver.faults.replace(faults)) {
                Ok(()) => Reply::json(200, &json!({})),
                Err(wrong) => Reply::detail(400, wrong.to_string()),
            }
        }
        _ => Reply::detail(404, "Not Found"),
    };
    answer.response()
}

/// Pieces continue by key, so concurrent pushes do not disturb them.
fn assets(receiver: Arc<Receiver>) -> Response<Body> {
    let mut last: Option<String> = None;
    ndjson(move |_| {
        let kept = receiver.store().assets_after(last.as_deref(), CHUNK);
        last = Some(kept.last()?.asset.clone());
        let mut lines = String::new();
        kept.iter().for_each(|asset| line(asset, &mut lines));
        Some(lines)
    })
}

fn findings(receiver: Arc<Receiver>, uri: &Uri) -> Response<Body> {
    let Query(FindingsQuery { asset, status }) = Query::try_from_uri(uri).unwrap_or_default();
    let mut last: Option<String> = None;
    let mut only = asset.map(|asset| vec![asset]);
    let whole = only.is_none();
    ndjson(move |_| {
        let store = receiver.store();
        let keys = if whole {
            store.keys_after(last.as_deref(), CHUNK / 10)
        } else {
            only.take().unwrap_or_default()
        };
        last = Some(keys.last()?.clone());
        let mut lines = String::new();
        for key in &keys {
            store.findings_of(key, status.as_deref()).iter().for_each(|finding| line(finding, &mut lines));
        }
        Some(lines)
    })
}
