//! The shared part of the control endpoints: reading orders, showing results, streaming rows.

use crate::SimulatorError;
use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use futures::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Rows of NDJSON made at a time.
pub(crate) const CHUNK: usize = 2_000;

/// A body of a control endpoint.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SimulatorError> {
    serde_json::from_slice(body).map_err(|wrong| SimulatorError::Change(wrong.to_string()))
}

/// An answer of a control endpoint.
pub(crate) fn shown<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_else(|wrong| json!({ "detail": wrong.to_string() }))
}

/// One line of NDJSON.
pub(crate) fn line<T: Serialize>(value: &T, lines: &mut String) {
    if let Ok(text) = serde_json::to_string(value) {
        lines.push_str(&text);
        lines.push('\n');
    }
}

/// A response of NDJSON in pieces; `piece` makes the piece of a number, `None` at the end.
pub(crate) fn ndjson(piece: impl FnMut(usize) -> Option<String> + Send + 'static) -> Response<Body> {
    let pieces = stream::iter((0..).map_while(piece).map(Ok::<_, std::io::Error>));
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}
