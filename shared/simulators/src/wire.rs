//! Responses as they are sent, and the faults that break them on the way.

use crate::faults::Action;
use crate::timing::{RateLimit, pause};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use std::time::Duration;

/// A response before any fault.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// JSON text.
    pub(crate) fn json_text(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), content_type: "application/json", headers: Vec::new() }
    }

    /// A JSON value.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::json_text(status, body.to_string())
    }

    /// `{"detail": …}`, the form of every error of the vendor's framework.
    pub(crate) fn detail(status: u16, detail: impl Into<Value>) -> Self {
        let detail: Value = detail.into();
        Self::json(status, &json!({ "detail": detail }))
    }

    /// Text of another type.
    pub(crate) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), content_type, headers: Vec::new() }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 429 because of the configured limit.
    pub(crate) fn too_many(limit: RateLimit) -> Self {
        Self::too_many_requests(limit.retry_after, None)
    }

    fn too_many_requests(retry_after: Option<u64>, to_wait: Option<u64>) -> Self {
        let mut answer = Self::detail(429, "Too Many Requests");
        if let Some(seconds) = retry_after {
            answer = answer.with("retry-after", seconds.to_string());
        }
        if let Some(seconds) = to_wait {
            answer = answer.with("x-ratelimit-towait-sec", seconds.to_string());
        }
        answer
    }

    /// The response to send.
    pub(crate) fn response(self) -> Response<Body> {
        let body = self.body.clone();
        self.response_with(Body::from(body))
    }

    fn response_with(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// Sends the first `bytes` bytes, then breaks the connection.
    fn broken_after(self, bytes: usize) -> Response<Body> {
        let length = HeaderValue::from(self.body.len());
        let sent = self.body.slice(..bytes.min(self.body.len()));
        let parts = stream::unfold((0, sent), |(step, sent)| async move {
            match step {
                0 => Some((Ok(sent.clone()), (1, sent))),
                1 => {
                    // Without a pause the part before the break would not be flushed.
                    pause(Duration::from_millis(5)).await;
                    Some((Err(std::io::Error::other("the fault script breaks the connection")), (2, sent)))
                }
                _ => None,
            }
        });
        let mut response = self.response_with(Body::from_stream(parts));
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
        response
    }

    fn in_pieces(self, pieces: usize, wait: Duration) -> Response<Body> {
        let size = self.body.len().div_ceil(pieces.max(1)).max(1);
        let parts = stream::unfold(self.body.clone(), move |mut rest| async move {
            if rest.is_empty() {
                return None;
            }
            let piece = rest.split_to(size.min(rest.len()));
            pause(wait).await;
            Some((Ok::<_, std::io::Error>(piece), rest))
        });
        self.response_with(Body::from_stream(parts))
    }
}

/// A response that closes the connection without a byte.
fn silence() -> Response<Body> {
    // An error as the first chunk of a body stops the server before it sends the head.
    let nothing = stream::iter([Err::<Bytes, _>(std::io::Error::other("the fault script gives no answer"))]);
    Response::new(Body::from_stream(nothing))
}

/// The response of an action that takes effect before the work; `None` if the work is to be done.
pub(crate) async fn before(action: &Action) -> Option<(u16, Response<Body>)> {
    let answer = match action {
        Action::TooManyRequests { retry_after, to_wait } => Reply::too_many_requests(*retry_after, *to_wait),
        Action::StatusBefore { status } => Reply::detail(*status, "before the work, by the fault script"),
        Action::Html { status } => html(*status),
        Action::Detail { text } => Reply::detail(200, text.as_str()),
        Action::HangBefore { milliseconds } => {
            pause(Duration::from_millis(*milliseconds)).await;
            return Some((0, silence()));
        }
        _ => return None,
    };
    Some((answer.status, answer.response()))
}

/// Sends `answer`, or the response of an action that takes effect after the work.
pub(crate) async fn after(action: &Action, mut answer: Reply) -> (u16, Response<Body>) {
    match action {
        Action::StatusAfter { status } => {
            let lost = Reply::detail(*status, "after the work, by the fault script");
            (*status, lost.response())
        }
        Action::HangAfter { milliseconds } => {
            pause(Duration::from_millis(*milliseconds)).await;
            (0, silence())
        }
        Action::Truncate { bytes, clean: false } => (answer.status, answer.broken_after(*bytes)),
        Action::Truncate { bytes, clean: true } => {
            answer.body.truncate(*bytes);
            (answer.status, answer.response())
        }
        Action::SlowBody { pieces, milliseconds } => {
            (answer.status, answer.in_pieces(*pieces, Duration::from_millis(*milliseconds)))
        }
        _ => (answer.status, answer.response()),
    }
}

fn html(status: u16) -> Reply {
    let page = "<!DOCTYPE html>\n<html><head><title>Request blocked</title></head>\n<body><h1>The request could not \
                be satisfied.</h1><p>Reference #18.4d2e1702</p></body></html>\n";
    Reply::text(status, "text/html; charset=utf-8", page)
}
