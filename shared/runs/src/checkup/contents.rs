//! One object: is it what was written, and what does it name.

use causeway_domain::connection::{ConnectionRecord, ScheduleRecord};
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::Receipt;
use causeway_domain::layout::{MapKeys, QUEUED};
use causeway_domain::page::DeadLetter;
use causeway_domain::plan::{LedgerIndex, Plan};
use causeway_domain::run::RunOutcome;
use causeway_domain::schema::RunSchema;
use causeway_domain::{ConnectionName, Intervention, Manifest, Outcome, PageSummary, RunId};
use causeway_ledger::segment;
use causeway_ports::Objects;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An object as it was found.
pub(super) struct Looked {
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
pub(super) async fn read(objects: Arc<dyn Objects>, key: String) -> Looked {
    let stored = match objects.get(&key).await {
        Ok(Some(stored)) => stored,
        Ok(None) => return Looked { key, bytes: 0, content: None },
        Err(failure) => return Looked { key, bytes: 0, content: Some(Err(failure.detail)) },
    };
    let (subject, bytes) = (key.clone(), stored.body.len() as u64);
    let judged = tokio::task::spawn_blocking(move || judge(&subject, &stored.body)).await;
    let content = Some(judged.unwrap_or_else(|error| Err(format!("cannot be judged: {error}"))));
    Looked { key, bytes, content }
}

fn judge(key: &str, body: &[u8]) -> Result<Content, String> {
    let parts: Vec<&str> = key.split('/').collect();
    match parts.as_slice() {
        ["connections", _, rest @ ..] => of_connection(rest, key, body),
        ["runs", connection, run, rest @ ..] if is_run(connection, run) => of_run(rest, key, body),
        ["maps", ..] if MapKeys::read(key).is_some() => {
            let text =
                String::from_utf8(body.to_vec()).map_err(|_| "is not text, and a map is".to_owned())?;
            Ok(Content::Map(text))
        }
        _ => Ok(Content::Foreign),
    }
}

fn is_run(connection: &str, run: &str) -> bool {
    ConnectionName::parse(connection).is_ok() && RunId::parse(run).is_ok()
}

fn of_connection(rest: &[&str], key: &str, body: &[u8]) -> Result<Content, String> {
    Ok(match rest {
        ["definition.json"] => Content::Definition(Box::new(json::<Registered>(body)?)),
        ["state.json"] => Content::State(Box::new(json(body)?)),
        ["schedule.json"] => whole::<ScheduleRecord>(body)?,
        ["tokens", _] => whole::<Value>(body)?,
        ["replays", _] => {
            hashed(key, body)?;
            whole::<Registered>(body)?
        }
        ["ledger", _, name] if name.ends_with(".json") => {
            hashed(key, body)?;
            let segments = json::<LedgerIndex>(body)?.segments;
            Content::Names(segments.into_iter().map(|segment| segment.key).collect())
        }
        ["ledger", _, _] => list(key, body)?,
        _ => Content::Foreign,
    })
}

fn of_run(rest: &[&str], key: &str, body: &[u8]) -> Result<Content, String> {
    Ok(match rest {
        _ if key.ends_with(".zst") => list(key, body)?,
        _ if !key.ends_with(".json") => Content::Foreign,
        _ if key.ends_with(QUEUED) => whole::<Value>(body)?,
        ["manifest.json"] => whole::<Manifest>(body)?,
        ["plan.json"] => {
            let Plan { verdicts, deliveries, ledger_index, .. } = json(body)?;
            let batches = deliveries.into_iter().map(|delivery| delivery.data);
            Content::Names(verdicts.into_iter().chain(batches).chain([ledger_index]).collect())
        }
        ["coverage.json"] => whole::<Vec<StreamCoverage>>(body)?,
        ["schema.json"] => whole::<RunSchema>(body)?,
        [name] if name.starts_with("outcome") => Content::Outcome(json::<RunOutcome>(body)?.outcome),
        [name] if name.starts_with("undelivered") => whole::<BTreeSet<String>>(body)?,
        ["pages", ..] => {
            let PageSummary { data, rejects, raw, .. } = json(body)?;
            Content::Names([data, rejects, raw].into_iter().flatten().collect())
        }
        ["receipts", _] => whole::<Receipt>(body)?,
        ["interventions", _] => whole::<Intervention>(body)?,
        [folder, ..] if folder.starts_with("failures") => whole::<DeadLetter>(body)?,
        _ => whole::<Value>(body)?,
    })
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| match body.is_empty() {
        true => "is empty".to_owned(),
        false => format!("cannot be read: {error}"),
    })
}

fn whole<T: DeserializeOwned>(body: &[u8]) -> Result<Content, String> {
    json::<T>(body).map(|_| Content::Whole)
}

/// A list: unpacked and held against the hash in its name.
fn list(key: &str, body: &[u8]) -> Result<Content, String> {
    let text =
        segment::unpacked(key, body).map_err(|failure| format!("cannot be unpacked: {}", failure.detail))?;
    held_against_its_name(key, &text)?;
    Ok(Content::Whole)
}

/// JSON whose name has the hash of its shortest form, whatever form it is stored in.
fn hashed(key: &str, body: &[u8]) -> Result<(), String> {
    let short = serde_json::to_vec(&json::<Value>(body)?).map_err(|error| error.to_string())?;
    held_against_its_name(key, &short)
}

fn held_against_its_name(key: &str, text: &[u8]) -> Result<(), String> {
    let name = key.rsplit('/').next().unwrap_or(key);
    let stem = name.split('.').next().unwrap_or(name);
    let written = stem.rsplit('-').next().unwrap_or(stem);
    let found = blake3::hash(text).to_hex();
    if found.get(..16) == Some(written) {
        return Ok(());
    }
    Err("is corrupted: its content does not match the hash in its name".to_owned())
}
