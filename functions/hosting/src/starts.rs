//! Starts of runs, by schedule and on demand.

use crate::Host;
use crate::queue_function::diagnostic;
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_runs::{Attended, Due, Fired};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Version of the events that are read.
const VERSION: u32 = 1;

/// How early a schedule may wake a connection and still be waited for, because clocks differ.
const EARLY: SignedDuration = SignedDuration::from_secs(5);

/// A request to the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Schema version.
    pub version: u32,
    /// The request.
    #[serde(flatten)]
    pub wish: Wish,
}

/// The requests that the scheduler accepts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Wish {
    /// A schedule fired: start what is due by the connection's own timetable.
    Schedule {
        /// Name of the connection.
        connection: String,
        /// The time for which the schedule fired. It is only logged, so an unreadable text
        /// does no harm.
        #[serde(default)]
        scheduled_time: serde_json::Value,
    },
    /// Start a run now.
    Run {
        /// The connection.
        connection: String,
        /// Idempotency token; without one, each request starts another run.
        #[serde(default)]
        token: Option<String>,
    },
    /// End the runs that are past their deadline because their checks were lost.
    Overdue,
}

/// Result of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SchedulerResponse {
    /// Of a start.
    Start(StartResponse),
    /// The runs that were ended because they were past their deadline.
    Ended {
        /// Connections and runs.
        ended: Vec<(ConnectionName, RunId)>,
    },
}

/// Result of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartResponse {
    /// The connection.
    pub connection: String,
    /// `started`, `under-way`, `busy` (another run is live; made up for at the next start), `nothing-due` or `deleted`.
    pub result: &'static str,
    /// The run, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Number of missed starts that it covers.
    pub missed: usize,
    /// The next start of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_start: Option<Timestamp>,
}

/// Serves a request.
///
/// # Errors
/// The failure that prevented the start. Lambda then retries; steps already done are not repeated.
pub async fn start(host: &Host, event: Event) -> Result<SchedulerResponse, Diagnostic> {
    fulfil(host, event).await.map_err(|failure| diagnostic(&failure))
}

async fn fulfil(host: &Host, event: Event) -> Result<SchedulerResponse, Failure> {
    if event.version != VERSION {
        let detail = format!("version {} is not known; this program reads version {VERSION}", event.version);
        return Err(Failure::new(FailureKind::MessageInvalid, "event", detail));
    }
    let started = match event.wish {
        Wish::Overdue => {
            return Ok(SchedulerResponse::Ended { ended: causeway_runs::end_overdue(&host.engine).await? });
        }
        Wish::Run { connection, token } => run(host, &ConnectionName::parse(&connection)?, token).await,
        Wish::Schedule { connection, scheduled_time } => {
            let name = ConnectionName::parse(&connection)?;
            tracing::info!(%connection, %scheduled_time, "woken by the schedule");
            match woken(host, &name).await {
                Err(failure) if failure.kind == FailureKind::NotFound => deleted(host, &name, &failure).await,
                other => other,
            }
        }
    };
    started.map(SchedulerResponse::Start)
}

async fn run(host: &Host, name: &ConnectionName, token: Option<String>) -> Result<StartResponse, Failure> {
    let engine = &host.engine;
    let request = causeway_runs::request_of(engine, name, token.as_deref()).await?;
    let started = causeway_runs::start(engine, name, &request).await?;
    let result = if started.resumed { "under-way" } else { "started" };
    Ok(StartResponse {
        connection: name.to_string(),
        result,
        run: Some(started.run),
        missed: 0,
        next_start: None,
    })
}

/// Starts what is due after a schedule fired. If it fired slightly early, waits until the time.
async fn woken(host: &Host, name: &ConnectionName) -> Result<StartResponse, Failure> {
    let engine = &host.engine;
    let attended = causeway_runs::attend(engine, name, None).await?;
    let until_next = |next: &Timestamp| next.duration_since(engine.clock.now());
    let next = attended.next.map(|next| next.at);
    let early = next.filter(|next| attended.due.is_none() && until_next(next) <= EARLY);
    let Some(next) = early else { return Ok(told(name, attended)) };
    let pause = Duration::try_from(until_next(&next)).unwrap_or_default();
    engine.clock.sleep(pause).await;
    causeway_runs::attend(engine, name, None).await.map(|attended| told(name, attended))
}

fn told(name: &ConnectionName, attended: Attended) -> StartResponse {
    let next_start = attended.next.map(|next| next.at);
    let (result, run, missed) = match (attended.due, attended.live) {
        (Some(Due { fired: Fired::Run(run), missed, .. }), _) => ("started", Some(run), missed),
        (Some(Due { fired: Fired::Busy, missed, .. }), live) => ("busy", live, missed),
        (None, Some(live)) => ("under-way", Some(live), 0),
        (None, None) => ("nothing-due", None, 0),
    };
    tracing::info!(connection = %name, result, run = run.as_ref().map(tracing::field::display), "attended to");
    StartResponse { connection: name.to_string(), result, run, missed, next_start }
}

/// Deletes the schedule of a deleted connection; otherwise it would keep firing forever.
async fn deleted(host: &Host, name: &ConnectionName, failure: &Failure) -> Result<StartResponse, Failure> {
    tracing::warn!(connection = %name, error = %failure, "the connection is deleted; its schedule is removed");
    if let Some(schedules) = &host.schedules {
        schedules.remove(name).await?;
    }
    Ok(StartResponse {
        connection: name.to_string(),
        result: "deleted",
        run: None,
        missed: 0,
        next_start: None,
    })
}
