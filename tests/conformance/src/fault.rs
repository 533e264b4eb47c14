//! The faults that every HTTP API may have, with the kinds of failure that they may become.

use crate::stage::{Answer, Deed};
use causeway_domain::FailureKind;
use serde_json::{Value, json};

/// A fault.
#[derive(Clone)]
pub(crate) struct Fault {
    /// Name in messages.
    pub(crate) name: String,
    /// How it happens.
    pub(crate) deed: Deed,
    /// Kinds of failure that it may become.
    pub(crate) kinds: &'static [FailureKind],
}

const NOT_THE_API: &[FailureKind] =
    &[FailureKind::UnexpectedAnswer, FailureKind::MalformedAnswer, FailureKind::TruncatedAnswer];
const OUTAGE: &[FailureKind] = &[FailureKind::Unavailable];
const BROKEN: &[FailureKind] = &[FailureKind::TruncatedAnswer, FailureKind::Unreachable];

impl Fault {
    fn new(name: impl Into<String>, deed: Deed, kinds: &'static [FailureKind]) -> Self {
        Self { name: name.into(), deed, kinds }
    }

    fn status(status: u16, kinds: &'static [FailureKind]) -> Self {
        let body = json!({ "detail": "refused", "message": "refused" }).to_string();
        Self::new(status.to_string(), Deed::Answer(Answer::json(status, body)), kinds)
    }

    /// A 200 with this body.
    fn body(body: &str) -> Self {
        Self::new(format!("200 with {body:?}"), Deed::Answer(Answer::json(200, body)), NOT_THE_API)
    }
}

/// The API refuses: signed out, forbidden, another address.
pub(crate) fn refusals() -> Vec<Fault> {
    let moved = Answer::text(302, "text/plain", "").with("location", "http://127.0.0.1:1/elsewhere");
    vec![
        Fault::status(401, &[FailureKind::Unauthorized]),
        Fault::status(403, &[FailureKind::Forbidden]),
        Fault::status(404, &[FailureKind::WrongAddress]),
        Fault::new("302 to another host", Deed::Answer(moved), &[FailureKind::WrongAddress]),
    ]
}

/// The API has an outage.
pub(crate) fn outages() -> Vec<Fault> {
    const GATEWAY: &[FailureKind] = &[FailureKind::Unavailable, FailureKind::UnexpectedAnswer];
    vec![
        Fault::status(500, OUTAGE),
        Fault::new("502 with HTML", Deed::Answer(Answer::html(502)), GATEWAY),
        Fault::status(503, OUTAGE),
        Fault::status(504, OUTAGE),
        Fault::new("503 without a body", Deed::Answer(Answer::json(503, "")), OUTAGE),
    ]
}

/// Too many calls.
pub(crate) fn too_many_calls() -> Vec<Fault> {
    vec![
        Fault::status(429, &[FailureKind::RateLimited]),
        Fault::new("429 with HTML", Deed::Answer(Answer::html(429)), &[FailureKind::RateLimited]),
    ]
}

/// The connection breaks.
pub(crate) fn broken_connections() -> Vec<Fault> {
    vec![
        Fault::new("connection reset", Deed::Reset, BROKEN),
        Fault::new("connection reset after the work", Deed::LoseAnswer, BROKEN),
        Fault::new("answer broken off", Deed::BreakOff, BROKEN),
    ]
}

/// The API refuses the content of a request. Not 409, which some vendors answer to too many calls.
pub(crate) fn refused_content() -> Vec<Fault> {
    const REFUSED: &[FailureKind] = &[FailureKind::RequestRejected];
    vec![
        Fault::status(400, REFUSED),
        Fault::status(413, REFUSED),
        Fault::new("413 with HTML", Deed::Answer(Answer::html(413)), REFUSED),
        Fault::status(422, REFUSED),
    ]
}

/// No answer in time.
pub(crate) fn silence() -> Fault {
    Fault::new("no answer", Deed::Silence, &[FailureKind::Timeout])
}

/// No answer in time, although the work was done.
pub(crate) fn silence_after() -> Fault {
    Fault::new("no answer after the work", Deed::SilenceAfter, &[FailureKind::Timeout])
}

/// Something else than the API answers with 200, or a part of it.
pub(crate) fn other_bodies() -> Vec<Fault> {
    let halved = Deed::edit(|answer| answer.body.truncate(answer.body.len() / 2));
    let without_end = Deed::edit(|answer| answer.body.truncate(answer.body.len().saturating_sub(1)));
    let mut faults = vec![
        Fault::new("200 with HTML", Deed::Answer(Answer::html(200)), NOT_THE_API),
        Fault::new("half of the JSON", halved, NOT_THE_API),
        Fault::new("JSON without its last byte", without_end, NOT_THE_API),
    ];
    faults.extend(
        ["", " ", "null", "[]", "{}", "7", "\"ok\"", "OK", "{\"error\":\"internal\"}"].map(Fault::body),
    );
    faults.push(Fault::body("{\"detail\":\"Internal error\"}"));
    faults
}

/// Errors in a 200, in the vendor's own words.
pub(crate) fn errors_in_success(bodies: &[&str]) -> Vec<Fault> {
    bodies.iter().map(|body| Fault::body(body)).collect()
}

/// The list at the JSON pointer `list` is null.
pub(crate) fn null_list(list: &'static str) -> Fault {
    other_list(list, json!(null))
}

/// The list at the JSON pointer `list` is missing or something else.
pub(crate) fn other_lists(list: &'static str) -> Vec<Fault> {
    let missing = move |answer: &mut Answer| change(answer, |body| remove(body, list));
    let missing = Fault::new(format!("the list {list} is missing"), Deed::edit(missing), NOT_THE_API);
    let others = [json!("rows"), json!(7), json!(true), json!({ "rows": [] })];
    others.into_iter().map(|other| other_list(list, other)).chain([missing]).collect()
}

fn other_list(list: &'static str, other: Value) -> Fault {
    let name = format!("the list {list} is {other}");
    let replace = move |body: &mut Value| {
        if let Some(rows) = body.pointer_mut(list) {
            *rows = other.clone();
        }
    };
    Fault::new(name, Deed::edit(move |answer| change(answer, &replace)), NOT_THE_API)
}

/// Changes the JSON of an answer.
pub(crate) fn change(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if let Some(mut body) = answer.value() {
        change(&mut body);
        answer.set(&body);
    }
}

fn remove(body: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(members)) = body.pointer_mut(parent) {
        members.remove(name);
    }
}
