//! One object: is it what was written, and what does it name.

use causeway_domain::connection::{ConnectionRecord, ScheduleRecord};
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{AttemptObject, ConnectionObject, Key, RunObject};
use causeway_domain::page::Count;
use causeway_domain::plan::{LedgerIndex, Plan};
use causeway_domain::run::RunOutcome;
use causeway_domain::schema::RunSchema;
use causeway_domain::{Intervention, Manifest, Outcome, PageSummary, Stored, delivery, page};
use causeway_ledger::segment;
use causeway_ports::Objects;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An object as it was found.
pub(super) struct ReadObject {
    pub(super) key: String,
    pub(super) bytes: u64,
    /// What it is, or what is wrong with it; `None` when it was removed meanwhile.
    pub(super) content: Option<Result<Content, String>>,
}

/// What matters of a sound object.
pub(super) enum Content {
    Definition(Box<Registered>),
    State(Box<ConnectionRecord>),
    Outcome(Outcome),
    /// The text of a version of an own map.
    Map(String),
    /// Names these other objects.
    Names(Vec<String>),
    /// Nothing else depends on what it says.
    Whole,
    /// Nothing that Causeway writes has such a key.
    Foreign,
}

/// Reads the object `key`; its body is judged on a thread of its own.
pub(super) async fn read(objects: Arc<dyn Objects>, key: String) -> ReadObject {
    let stored = match objects.get(&key).await {
        Ok(Some(stored)) => stored,
        Ok(None) => return ReadObject { key, bytes: 0, content: None },
        Err(failure) => return ReadObject { key, bytes: 0, content: Some(Err(failure.detail)) },
    };
    let (subject, bytes) = (key.clone(), stored.body.len() as u64);
    let judged = tokio::task::spawn_blocking(move || judge(&subject, &stored.body)).await;
    let content = Some(judged.unwrap_or_else(|error| Err(format!("cannot be judged: {error}"))));
    ReadObject { key, bytes, content }
}

fn judge(key: &str, body: &[u8]) -> Result<Content, String> {
    match Key::parse(key) {
        Some(Key::Connection(_, object)) => of_connection(&object, key, body),
        Some(Key::Run(_, _, object)) => of_run(&object, key, body),
        Some(Key::Map(..)) => {
            let text =
                String::from_utf8(body.to_vec()).map_err(|_| "is not text, and a map is".to_owned())?;
            Ok(Content::Map(text))
        }
        None => Ok(Content::Foreign),
    }
}

fn of_connection(object: &ConnectionObject, key: &str, body: &[u8]) -> Result<Content, String> {
    Ok(match object {
        ConnectionObject::Definition => Content::Definition(Box::new(json::<Registered>(body)?)),
        ConnectionObject::State => Content::State(Box::new(json(body)?)),
        ConnectionObject::Schedule => whole::<ScheduleRecord>(body)?,
        ConnectionObject::Token(_) => whole::<Value>(body)?,
        ConnectionObject::Replay(hash) => {
            document_with(hash, body)?;
            whole::<Registered>(body)?
        }
        ConnectionObject::LedgerIndex(_, hash) => {
            document_with(hash, body)?;
            let segments = json::<LedgerIndex>(body)?.segments;
            Content::Names(segments.into_iter().map(|segment| segment.key).collect())
        }
        ConnectionObject::LedgerSegment(_, _, hash) => list_with(hash, key, body)?,
    })
}

fn of_run(object: &RunObject, key: &str, body: &[u8]) -> Result<Content, String> {
    use AttemptObject::{DeadLetter, Outcome, PartialReceipt, Receipt, Undelivered};
    if let Some(hash) = object.hash() {
        return list_with(hash, key, body);
    }
    Ok(match object {
        RunObject::Manifest => whole::<Manifest>(body)?,
        RunObject::Plan => {
            let Plan { verdicts, deliveries, ledger_index, .. } = json(body)?;
            let batches = deliveries.into_iter().map(|delivery| delivery.data);
            Content::Names(verdicts.into_iter().chain(batches).chain([ledger_index]).collect())
        }
        RunObject::Coverage => whole::<Vec<StreamCoverage>>(body)?,
        RunObject::Schema => whole::<RunSchema>(body)?,
        RunObject::PageSummary(_) => {
            let PageSummary { data, rejects, raw, .. } = json(body)?;
            Content::Names([data, rejects, raw].into_iter().flatten().collect())
        }
        RunObject::Count(..) => whole::<Count>(body)?,
        RunObject::Intervention(_) => whole::<Intervention>(body)?,
        RunObject::Attempt(_, Outcome) => Content::Outcome(json::<RunOutcome>(body)?.outcome),
        RunObject::Attempt(_, Undelivered) => whole::<BTreeSet<String>>(body)?,
        RunObject::Attempt(_, Receipt(_) | PartialReceipt(..)) => whole::<delivery::Receipt>(body)?,
        RunObject::Attempt(_, DeadLetter(_)) => whole::<page::DeadLetter>(body)?,
        RunObject::FormerCount(_) => Content::Whole,
        _ => whole::<Value>(body)?,
    })
}

fn json<T: Stored>(body: &[u8]) -> Result<T, String> {
    T::from_json(body).map_err(|error| match body.is_empty() {
        true => "is empty".to_owned(),
        false => format!("cannot be read: {error}"),
    })
}

fn whole<T: Stored>(body: &[u8]) -> Result<Content, String> {
    json::<T>(body).map(|_| Content::Whole)
}

/// A list: unpacked and compared with the hash in its name.
fn list_with(hash: &str, key: &str, body: &[u8]) -> Result<Content, String> {
    let text =
        segment::unpacked(key, body).map_err(|failure| format!("cannot be unpacked: {}", failure.detail))?;
    matches_hash(hash, &text)?;
    Ok(Content::Whole)
}

/// JSON whose name has the hash of its shortest form, whatever form it is stored in.
fn document_with(hash: &str, body: &[u8]) -> Result<(), String> {
    let short = serde_json::to_vec(&json::<Value>(body)?).map_err(|error| error.to_string())?;
    matches_hash(hash, &short)
}

fn matches_hash(written: &str, text: &[u8]) -> Result<(), String> {
    let found = blake3::hash(text).to_hex();
    if found.get(..16) == Some(written) {
        return Ok(());
    }
    Err("is corrupted: its content does not match the hash in its name".to_owned())
}
