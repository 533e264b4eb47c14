//! Judges a response of the sync endpoint: a 200 can carry errors.
//!
//! The success body `{"message", "responseCode": "SUCCESSFULLY_PUBLISHED", "assetsError": {}}` is established. The inner
//! shape of `assetsError` is not, and public clients guess lists called `failed`, `errors` and `rejected`. This module
//! accepts every shape that names assets. An error that names no asset counts against all of them.

use crate::envelope::WireAsset;
use crate::unambiguous::Unambiguous;
use causeway_domain::delivery::Refusal;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::shortened;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const LISTS: [&str; 3] = ["failed", "errors", "rejected"];
/// Members about the whole request.
const ERRORS: [&str; 2] = ["error", "errorMessage"];
const NAMES: [&str; 4] = ["sourceNativeKey", "externalId", "hostName", "identityAttributes"];
const REASONS: [&str; 4] = ["errorMessage", "error", "message", "reason"];
/// Characters of a reason that are kept.
pub(crate) const REASON_LENGTH: usize = 300;

/// The assets of `sent` that the 2xx body refuses, in the order sent.
///
/// # Errors
/// `UnexpectedAnswer` if `body` is not JSON. `MalformedAnswer` if it is not the endpoint's, or if it says that the whole
/// request failed.
pub(crate) fn judge(subject: &str, body: &[u8], sent: &[WireAsset]) -> Result<Vec<Refusal>, Failure> {
    let malformed = |detail: String| Failure::new(FailureKind::MalformedAnswer, subject, detail);
    let Ok(Unambiguous(Value::Object(answer))) = serde_json::from_slice(body) else {
        let detail = format!("the answer is {}", describe(body));
        return Err(Failure::new(kind_of(body), subject, detail));
    };
    let mut complaints = Complaints { sent: Sent::of(sent), named: BTreeMap::new(), general: Vec::new() };
    let lists = LISTS.iter().filter_map(|name| answer.get(*name));
    for value in answer.get("assetsError").into_iter().chain(lists) {
        complaints.read(value, None);
    }
    if complaints.named.is_empty() && complaints.general.is_empty() {
        let code = answer.get("responseCode").and_then(Value::as_str).unwrap_or_default();
        let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
        let error = ERRORS.iter().find_map(|name| answer.get(*name).and_then(reason));
        return if says_failure(code) {
            Err(malformed(bounded(&format!("a success status with responseCode {code}: {message}"))))
        } else if !["responseCode", "message", "assetsError"].iter().any(|name| answer.contains_key(*name)) {
            Err(malformed("the answer is JSON without responseCode, message and assetsError".to_owned()))
        } else if let Some(error) = error {
            Err(malformed(bounded(&format!("a success status with an error: {error}"))))
        } else {
            Ok(Vec::new())
        };
    }
    Ok(complaints.refusals(sent))
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

/// Positions of the sent assets by the names that a response may use for them.
struct Sent {
    keys: BTreeMap<String, Vec<usize>>,
    host_names: BTreeMap<String, Vec<usize>>,
    count: usize,
}

impl Sent {
    fn of(sent: &[WireAsset]) -> Self {
        let mut keys: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut host_names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, asset) in sent.iter().enumerate() {
            keys.entry(asset.id.clone()).or_default().push(position);
            let wire: Value = serde_json::from_str(&asset.json).unwrap_or_default();
            let identity = |name: &str| Some(wire.get("identityAttributes")?.get(name)?.as_str()?.to_owned());
            if let Some(key) = identity("sourceNativeKey") {
                keys.entry(key).or_default().push(position);
            }
            if let Some(name) = identity("hostName") {
                host_names.entry(name).or_default().push(position);
            }
        }
        Self { keys, host_names, count: sent.len() }
    }

    /// Native key first, then host name.
    fn named(&self, name: &str) -> Option<Vec<usize>> {
        self.keys.get(name).or_else(|| self.host_names.get(name)).cloned()
    }

    /// A name, or as a last resort the position in the request.
    fn keyed(&self, key: &str) -> Option<Vec<usize>> {
        let position = || key.parse().ok().filter(|position| *position < self.count);
        self.named(key).or_else(|| position().map(|position| vec![position]))
    }

    /// The assets that an error object names.
    fn of_object(&self, object: &Map<String, Value>) -> Option<Vec<usize>> {
        NAMES.iter().find_map(|name| match object.get(*name)? {
            Value::String(text) => self.named(text),
            Value::Object(inner) => self.of_object(inner),
            _ => None,
        })
    }
}

/// The complaints of a response: about named assets, and in general.
struct Complaints {
    sent: Sent,
    named: BTreeMap<usize, String>,
    general: Vec<String>,
}

impl Complaints {
    /// Reads `value`, the member `label`, which names no asset.
    fn read(&mut self, value: &Value, label: Option<&str>) {
        match value {
            value if says_nothing(value) => {}
            Value::Array(items) => items.iter().for_each(|item| self.read(item, label)),
            Value::Object(object) => self.read_object(object, value, label),
            Value::String(text) => match self.sent.named(text) {
                Some(positions) => self.name(positions, label.unwrap_or("refused without a reason")),
                None => self
                    .general
                    .push(bounded(&label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")))),
            },
            other => self.general.push(bounded(&format!("{}: {other}", label.unwrap_or("assetsError")))),
        }
    }

    fn read_object(&mut self, object: &Map<String, Value>, value: &Value, label: Option<&str>) {
        let why = || reason(value).or_else(|| label.map(bounded));
        if let Some(positions) = self.sent.of_object(object) {
            self.name(positions, &why().unwrap_or_else(|| "refused without a reason".to_owned()));
            return;
        }
        let is_one_complaint =
            NAMES.iter().chain(&REASONS).any(|name| matches!(object.get(*name), Some(Value::String(_))));
        if is_one_complaint {
            self.general.extend(why());
            return;
        }
        for (key, inner) in object {
            match self.sent.keyed(key) {
                Some(positions) => {
                    let why = reason(inner).unwrap_or_else(|| "refused without a reason".to_owned());
                    self.name(positions, &why);
                }
                None => self.read(inner, Some(key)),
            }
        }
    }

    fn name(&mut self, positions: Vec<usize>, why: &str) {
        for position in positions {
            self.named.entry(position).or_insert_with(|| bounded(why));
        }
    }

    fn refusals(mut self, sent: &[WireAsset]) -> Vec<Refusal> {
        self.general.dedup();
        let general = (!self.general.is_empty()).then(|| {
            bounded(&format!("the answer does not say which asset it means: {}", self.general.join("; ")))
        });
        let refusal = |(position, asset): (usize, &WireAsset)| {
            let reason = self.named.remove(&position).or_else(|| general.clone())?;
            Some(Refusal { asset: asset.id.clone(), reason })
        };
        sent.iter().enumerate().filter_map(refusal).collect()
    }
}

fn says_nothing(value: &Value) -> bool {
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
fn reason(value: &Value) -> Option<String> {
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
fn bounded(text: &str) -> String {
    shortened(text, REASON_LENGTH)
}
