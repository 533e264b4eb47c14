//! The size of responses: Lambda drops one that is too large, and the caller does not learn why.

use crate::problem::Problem;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Largest body of a function's response, in bytes. Lambda takes 6 MB for the whole response (AWS, *Lambda quotas*); the
/// rest is left for status and headers.
pub const LARGEST: usize = (6 << 20) - (64 << 10);

/// Replaces a body that Lambda would drop by a problem. It wraps all routes.
pub(crate) async fn bounded(request: Request, next: Next) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(body) if of_text(&body) <= LARGEST => Response::from_parts(parts, body.into()),
        _ => Problem::too_large().into_response(),
    }
}

/// Bytes that `body` takes in a function's response: it is a string in a JSON document there, so each quotation mark and
/// each backslash takes two.
pub(crate) fn of_text(body: &[u8]) -> usize {
    let taken = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    body.iter().map(taken).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_text_in_the_answer() {
        for text in ["", "plain", "\"a\\b\"\n\t\r", "\u{1}\u{1f}\u{7f}", "Größe ✓"] {
            let answered = serde_json::to_string(text).unwrap();
            assert_eq!(of_text(text.as_bytes()) + 2, answered.len(), "{text:?}");
        }
    }
}
