//! A secret that was rotated, in front of a simulator that goes on with the old one.

use super::{Answer, Call, Credential, Deed};
use axum::http::HeaderValue;
use bytes::Bytes;

/// A text that replaces the secret.
pub(crate) const ROTATED: &str = "rotated-secret-5c2e77";

/// Refuses requests with `secret`, and with the token of the session in force. Requests with `rotated` are passed on with
/// `secret`.
pub(crate) fn demand(
    credential: Credential,
    secret: &'static str,
    rotated: &'static str,
) -> impl FnMut(&mut Call) -> Deed + Send {
    let mut expired: Option<String> = None;
    move |call| {
        let header = credential.header();
        let refused = Deed::Answer(Answer::json(401, r#"{"detail":"expired"}"#));
        if credential.is_sign_in(call) {
            let body = String::from_utf8_lossy(&call.body).into_owned();
            call.body = Bytes::from(body.replace(rotated, secret));
            return if body.contains(rotated) { Deed::Pass } else { refused };
        }
        let value = call.header(header);
        if let Credential::SignIn { .. } = credential {
            let first = expired.get_or_insert_with(|| value.clone());
            return if *first == value { refused } else { Deed::Pass };
        }
        if !value.contains(rotated) {
            return refused;
        }
        let value = HeaderValue::from_str(&value.replace(rotated, secret));
        call.headers.insert(header, value.expect("a header with another secret"));
        Deed::Pass
    }
}
