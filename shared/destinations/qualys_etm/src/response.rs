//! Judges a response of the sync endpoint: a 200 can carry errors.
//!
//! The success body `{"message", "responseCode": "SUCCESSFULLY_PUBLISHED", "assetsError": {}}` is established. The inner
//! shape of `assetsError` is not, and public clients guess lists called `failed`, `errors` and `rejected`. This module
//! accepts every shape that names assets, see `complaints`. An error that names no asset counts against all of them.

use crate::complaints;
use crate::envelope::WireAsset;
use crate::unambiguous::Unambiguous;
use causeway_domain::delivery::ItemAnswer;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::shortened;
use serde_json::Value;

const LISTS: [&str; 3] = ["failed", "errors", "rejected"];
/// Members about the whole request.
const ERRORS: [&str; 2] = ["error", "errorMessage"];
pub(crate) const REASONS: [&str; 4] = ["errorMessage", "error", "message", "reason"];
/// Characters of a reason that are kept.
pub(crate) const REASON_LENGTH: usize = 300;

/// The answer of a 2xx with this `body` to each asset of `sent`. An answer that complains about nothing is judged without
/// looking at what was sent.
///
/// # Errors
/// `UnexpectedAnswer` if `body` is not JSON. `MalformedAnswer` if it is not the endpoint's, or if it says that the whole
/// request failed.
pub(crate) fn judge(subject: &str, body: &[u8], sent: &[WireAsset]) -> Result<Vec<ItemAnswer>, Failure> {
    let malformed = |detail: String| Failure::new(FailureKind::MalformedAnswer, subject, detail);
    let Ok(Unambiguous(Value::Object(answer))) = serde_json::from_slice(body) else {
        let detail = format!("the answer is {}", describe(body));
        return Err(Failure::new(kind_of(body), subject, detail));
    };
    let lists = LISTS.iter().filter_map(|name| answer.get(*name));
    let complaints = answer.get("assetsError").into_iter().chain(lists).filter(|value| !says_nothing(value));
    if let Some(answers) = complaints::answers(subject, complaints, sent) {
        return Ok(answers);
    }
    let code = answer.get("responseCode").and_then(Value::as_str).unwrap_or_default();
    let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
    let error = ERRORS.iter().find_map(|name| answer.get(*name).and_then(reason));
    if says_failure(code) {
        Err(malformed(bounded(&format!("a success status with responseCode {code}: {message}"))))
    } else if !["responseCode", "message", "assetsError"].iter().any(|name| answer.contains_key(*name)) {
        Err(malformed("the answer is JSON without responseCode, message and assetsError".to_owned()))
    } else if let Some(error) = error {
        Err(malformed(bounded(&format!("a success status with an error: {error}"))))
    } else {
        Ok(vec![ItemAnswer::Accepted; sent.len()])
    }
}

/// The endpoint's explanation of a refused request, on one line.
pub(crate) fn explain(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => reason(&value).unwrap_or_else(|| "no reason given".to_owned()),
        Err(_) => describe(body).to_owned(),
    }
}

/// The kind of failure of a `body` that the endpoint did not send; JSON comes from the gateway itself.
fn kind_of(body: &[u8]) -> FailureKind {
    match body.trim_ascii_start() {
        [b'{' | b'[', ..] => FailureKind::MalformedAnswer,
        _ => FailureKind::UnexpectedAnswer,
    }
}

/// A description of `body` that does not quote it.
pub(crate) fn describe(body: &[u8]) -> &'static str {
    match body.trim_ascii_start() {
        [] => "empty",
        [b'<', ..] => "HTML or XML, not JSON",
        [b'{' | b'[', ..] => "JSON of another shape or cut off",
        _ => "not JSON",
    }
}

fn says_failure(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    ["ERROR", "FAIL", "INVALID", "REJECT", "DENIED"].iter().any(|word| code.contains(word))
}

/// Whether a member of an answer is empty.
pub(crate) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(true) => false,
    }
}

/// The reason in an error of any shape.
pub(crate) fn reason(value: &Value) -> Option<String> {
    match value {
        value if says_nothing(value) => None,
        Value::String(text) => Some(bounded(text)),
        Value::Array(items) => {
            let reasons: Vec<String> = items.iter().filter_map(reason).collect();
            (!reasons.is_empty()).then(|| bounded(&reasons.join("; ")))
        }
        Value::Object(object) => {
            let named = REASONS.iter().find_map(|name| object.get(*name).and_then(reason));
            named.or_else(|| Some(bounded(&value.to_string())))
        }
        other => Some(bounded(&other.to_string())),
    }
}

/// `text` shortened for a receipt.
pub(crate) fn bounded(text: &str) -> String {
    shortened(text, REASON_LENGTH)
}
