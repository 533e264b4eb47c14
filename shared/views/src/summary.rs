//! Connections and runs in one line each, as data.

use async_recursion::async_recursion as boxed;
use causeway_domain::plan::VerdictCounts;
use causeway_domain::run::{DeliveredCounts, RunOutcome};
use causeway_domain::schedule::Start;
use causeway_domain::{ConnectionName, ConnectionState, Failure, Generation, Manifest, Outcome, RunId};
use causeway_runs::{Connection, Engine, timetable_of};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionSummary {
    /// Its name.
    pub connection: ConnectionName,
    /// Its state.
    pub state: ConnectionState,
    /// Its connector.
    pub source: &'static str,
    /// Its destination.
    pub destination: &'static str,
    /// Runs so far.
    pub runs: Generation,
    /// The newest of them.
    pub newest_run: Option<RunId>,
    /// Since when the state is this.
    pub changed_at: Timestamp,
    /// The next scheduled start.
    pub next_start: Option<Timestamp>,
}

impl ConnectionSummary {
    /// Of `connection`, whose next start is known.
    pub fn of(connection: &Connection, next_start: Option<Timestamp>) -> Self {
        let Connection { registered, record, .. } = connection;
        let definition = &registered.definition;
        Self {
            connection: definition.name.clone(),
            state: record.state,
            source: definition.source.connector(),
            destination: definition.destination.name(),
            runs: record.generation,
            newest_run: record.current_run.clone(),
            changed_at: record.changed_at,
            next_start,
        }
    }
}

/// The next scheduled starts of a connection, at most `count`, and the zone in which its times are meant.
///
/// # Errors
/// `DefinitionInvalid` for a schedule that this program cannot read.
#[boxed]
pub async fn next_starts(
    engine: &Engine,
    connection: &Connection,
    count: usize,
) -> Result<(Vec<Start>, TimeZone), Failure> {
    let Some(timetable) = timetable_of(engine, connection).await? else {
        return Ok((Vec::new(), TimeZone::UTC));
    };
    let now = engine.clock.now();
    Ok((timetable.starts_after(now).take(count).collect(), timetable.zone().clone()))
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its connection.
    pub connection: ConnectionName,
    /// When it started; `None` when it has only just been claimed.
    pub started_at: Option<Timestamp>,
    /// When it was decided.
    pub ended_at: Option<Timestamp>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// The run whose kept pages it maps again, if it is a replay.
    pub replay_of: Option<RunId>,
    /// Why it is not `complete`.
    pub reasons: Option<Vec<String>>,
    /// What is worth knowing besides.
    pub remarks: Option<Vec<String>>,
    /// Verdicts on findings.
    pub findings: Option<VerdictCounts>,
    /// What was sent.
    pub delivered: Option<DeliveredCounts>,
}

impl RunSummary {
    /// Of what `causeway_runs::runs` lists.
    pub fn of(
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
