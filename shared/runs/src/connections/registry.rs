//! Registering, listing and removing connections.

use crate::Engine;
use crate::connections::timetable::follow_definition;
use crate::store;
use async_recursion::async_recursion;
use causeway_domain::definition::Registered;
use causeway_domain::layout::{AttemptKeys, ConnectionKeys, RunKeys};
use causeway_domain::{ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind};
use causeway_ports::{Etag, PutCondition, PutOutcome};

/// A connection as it is stored.
#[derive(Debug, Clone)]
pub struct Connection {
    /// What a person wrote, with the documents it refers to.
    pub registered: Registered,
    /// Its state.
    pub record: ConnectionRecord,
    pub(crate) record_etag: Etag,
}

/// Creates or updates a connection; returns whether it was created. A run in progress keeps the definition it started
/// with.
///
/// # Errors
/// `Conflict` when somebody else edits it at the same moment.
#[async_recursion]
pub async fn register(engine: &Engine, registered: &Registered) -> Result<bool, Failure> {
    let name = &registered.definition.name;
    let keys = ConnectionKeys(name);
    let objects = engine.objects.as_ref();
    // Not read: one that is damaged is mended by applying it again.
    let condition = match objects.get(&keys.definition()).await? {
        Some(known) => PutCondition::IfMatch(known.etag),
        None => PutCondition::IfAbsent,
    };
    // The state comes first: a definition without a state would be a connection that cannot run.
    let created =
        store::create(objects, &keys.state(), &ConnectionRecord::registered(engine.clock.now())).await?;
    match store::write(objects, &keys.definition(), registered, condition).await? {
        PutOutcome::Conflict => return Err(changed_meanwhile(name)),
        PutOutcome::Written(_) => {}
    }
    // From now on what the schedule asks for and does not get counts as missed.
    follow_definition(engine, &load(engine, name).await?).await?;
    Ok(created)
}

/// The connection called `name`.
///
/// # Errors
/// `NotFound`.
#[async_recursion]
pub async fn load(engine: &Engine, name: &ConnectionName) -> Result<Connection, Failure> {
    let keys = ConnectionKeys(name);
    let objects = engine.objects.as_ref();
    let missing =
        || Failure::new(FailureKind::NotFound, format!("connection {name}"), "there is no such connection");
    let registered = store::read(objects, &keys.definition()).await?.ok_or_else(missing)?;
    let (record, record_etag) = store::read_versioned(objects, &keys.state()).await?.ok_or_else(missing)?;
    Ok(Connection { registered, record, record_etag })
}

/// All connections, by name.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn list(engine: &Engine) -> Result<Vec<Connection>, Failure> {
    each(engine).await?.into_iter().map(|(_, connection)| connection).collect()
}

/// All connections, by name; one whose stored files are damaged hides no other.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn each(engine: &Engine) -> Result<Vec<(ConnectionName, Result<Connection, Failure>)>, Failure> {
    let mut connections = Vec::new();
    for name in names(engine).await? {
        let connection = load(engine, &name).await;
        connections.push((name, connection));
    }
    Ok(connections)
}

/// Names of all connections that have a definition, whatever it holds.
pub(crate) async fn names(engine: &Engine) -> Result<Vec<ConnectionName>, Failure> {
    let keys = engine.objects.list(ConnectionKeys::ALL).await?.into_iter();
    let name = |key: String| {
        let name = key.strip_prefix(ConnectionKeys::ALL)?.strip_suffix("/definition.json")?;
        ConnectionName::parse(name).ok()
    };
    Ok(keys.filter_map(name).collect())
}

/// Removes a connection with its ledgers and runs.
///
/// # Errors
/// `RunInProgress` while a run is live; `NotFound`.
#[async_recursion]
pub async fn remove(engine: &Engine, name: &ConnectionName) -> Result<(), Failure> {
    let connection = load(engine, name).await?;
    if let Some(live) = connection.live_run(engine) {
        return Err(live);
    }
    let keys = ConnectionKeys(name);
    // The definition goes first, so that a removal cut short leaves nothing that could run.
    engine.objects.delete(&keys.definition()).await?;
    for prefix in [keys.prefix(), keys.runs()] {
        for key in engine.objects.list(&prefix).await? {
            engine.objects.delete(&key).await?;
        }
    }
    Ok(())
}

impl Connection {
    /// The attempt that the newest run is at, if any run was started.
    pub(crate) fn current(&self) -> Option<AttemptKeys<'_>> {
        let run = self.record.current_run.as_ref()?;
        Some(RunKeys::new(&self.registered.definition.name, run).attempt(self.record.attempt()))
    }

    /// The failure that a second run meets while one is live. A `Processing` past its deadline is dead.
    pub(crate) fn live_run(&self, engine: &Engine) -> Option<Failure> {
        let live = self.record.state == ConnectionState::Processing
            && self.record.deadline.is_none_or(|deadline| engine.clock.now() <= deadline);
        let name = &self.registered.definition.name;
        live.then(|| {
            let run = self.record.current_run.as_ref().map(ToString::to_string).unwrap_or_default();
            Failure::new(
                FailureKind::RunInProgress,
                format!("connection {name}"),
                format!("run {run} is in progress"),
            )
        })
    }
}

pub(crate) fn changed_meanwhile(name: &ConnectionName) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        format!("connection {name}"),
        "someone else changed it at the same time",
    )
}
