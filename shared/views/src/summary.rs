//! Connections and runs in one line each, as data.

use crate::next_start;
use async_recursion::async_recursion;
use causeway_domain::plan::VerdictCounts;
use causeway_domain::run::{DeliveredCounts, RunOutcome};
use causeway_domain::{ConnectionName, ConnectionState, Failure, Generation, Manifest, Outcome, RunId};
use causeway_runs::{Connection, Engine};
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use std::cmp::Reverse;

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionSummary {
    /// Its name.
    pub connection: ConnectionName,
    /// Its state.
    pub state: ConnectionState,
    /// Its connector.
    pub source: String,
    /// Its destination.
    pub destination: String,
    /// Runs so far.
    pub runs: Generation,
    /// The newest of them.
    pub newest_run: Option<RunId>,
    /// Since when it has had this state.
    pub changed_at: Timestamp,
    /// The next scheduled start.
    pub next_start: Option<Timestamp>,
    /// The same in the zone of its schedule.
    #[serde(skip)]
    pub next_local: Option<Zoned>,
}

impl ConnectionSummary {
    /// The summary of `connection`, with its next start.
    fn of(connection: &Connection, next: Option<Zoned>) -> Self {
        let Connection { registered, record, .. } = connection;
        let definition = &registered.definition;
        Self {
            connection: definition.name.clone(),
            state: record.state,
            source: definition.source.name().to_owned(),
            destination: definition.destination.name().to_owned(),
            runs: record.generation,
            newest_run: record.current_run.clone(),
            changed_at: record.changed_at,
            next_start: next.as_ref().map(Zoned::timestamp),
            next_local: next,
        }
    }
}

/// All connections with their states and next starts.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn connections(engine: &Engine) -> Result<Vec<ConnectionSummary>, Failure> {
    let mut all = Vec::new();
    for connection in causeway_runs::list(engine).await? {
        // The details of a connection report an unreadable schedule; the list continues without it.
        let next = next_start(engine, &connection).await.ok().flatten();
        all.push(ConnectionSummary::of(&connection, next));
    }
    Ok(all)
}

/// The runs of these connections, newest first.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn run_list(engine: &Engine, connections: &[ConnectionName]) -> Result<Vec<RunSummary>, Failure> {
    let mut all = Vec::new();
    for connection in connections {
        for (run, manifest, outcome) in causeway_runs::runs(engine, connection).await? {
            all.push(RunSummary::of(connection.clone(), run, manifest.as_ref(), outcome));
        }
    }
    // Ids have a resolution of one second; a run that was just claimed has no time yet.
    all.sort_by_key(|run| Reverse(run.started_at.unwrap_or(Timestamp::MAX)));
    Ok(all)
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its connection.
    pub connection: ConnectionName,
    /// When it started; `None` if it was just claimed.
    pub started_at: Option<Timestamp>,
    /// When it was decided.
    pub ended_at: Option<Timestamp>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// The run whose kept pages it maps again, if it is a replay.
    pub replay_of: Option<RunId>,
    /// Why it is not `complete`.
    pub reasons: Option<Vec<String>>,
    /// Notes.
    pub remarks: Option<Vec<String>>,
    /// Verdicts on findings.
    pub findings: Option<VerdictCounts>,
    /// What was sent.
    pub delivered: Option<DeliveredCounts>,
}

impl RunSummary {
    /// The summary of an entry of `causeway_runs::runs`.
    fn of(
        connection: ConnectionName,
        run: RunId,
        manifest: Option<&Manifest>,
        outcome: Option<RunOutcome>,
    ) -> Self {
        let planned = manifest.map(|manifest| manifest.started_at);
        let started_at = outcome.as_ref().map(|outcome| outcome.started_at).or(planned);
        let replay_of =
            manifest.and_then(|manifest| manifest.replay.as_ref()).map(|replay| replay.run.clone());
        let under_way = Self {
            run,
            connection,
            started_at,
            ended_at: None,
            outcome: None,
            replay_of,
            reasons: None,
            remarks: None,
            findings: None,
            delivered: None,
        };
        let Some(RunOutcome { outcome, reasons, remarks, ended_at, findings, delivered, .. }) = outcome
        else {
            return under_way;
        };
        Self {
            ended_at: Some(ended_at),
            outcome: Some(outcome),
            reasons: Some(reasons),
            remarks: Some(remarks),
            findings: Some(findings),
            delivered: Some(delivered),
            ..under_way
        }
    }
}
