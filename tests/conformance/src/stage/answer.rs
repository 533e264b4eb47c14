//! An answer on its way from the simulator.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use causeway_ports::{Clock, SystemClock};
use futures::stream;
use serde_json::Value;
use std::io;
use std::time::Duration;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers; the length follows from the body.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::text(status, "application/json", body)
    }

    /// A page as a proxy or firewall makes it.
    pub fn html(status: u16) -> Self {
        Self::text(status, "text/html; charset=utf-8", "<!DOCTYPE html><html><body>Blocked</body></html>")
    }

    /// Text of the type `kind`.
    pub fn text(status: u16, kind: &'static str, body: impl Into<String>) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        Self { status, headers, body: Bytes::from(body.into()) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// Its body as JSON; `None` if it is something else.
    pub fn value(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Gives it another body.
    pub fn set(&mut self, body: &Value) {
        self.body = Bytes::from(body.to_string());
    }

    pub(super) fn response(self) -> Response<Body> {
        let body = Body::from(self.body.clone());
        self.carrying(body)
    }

    /// Announces the whole body, sends half of it and breaks the connection.
    pub(super) fn broken_off(self) -> Response<Body> {
        let (length, half) = (self.body.len(), self.body.slice(..self.body.len() / 2));
        let parts = stream::unfold((0, half), |(step, half)| async move {
            match step {
                0 => Some((Ok(half.clone()), (1, half))),
                1 => {
                    // Without a pause the first half would not be flushed.
                    SystemClock.sleep(Duration::from_millis(5)).await;
                    Some((Err(io::Error::other("broken off")), (2, half)))
                }
                _ => None,
            }
        });
        let mut response = self.carrying(Body::from_stream(parts));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        response
    }

    fn carrying(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        for (name, value) in &self.headers {
            if !matches!(*name, header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION) {
                response.headers_mut().append(name, value.clone());
            }
        }
        response
    }
}

/// Closes the connection without a byte.
pub(super) fn nothing() -> Response<Body> {
    // An error as the first chunk of a body stops the server before it sends the head.
    Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("reset"))])))
}
