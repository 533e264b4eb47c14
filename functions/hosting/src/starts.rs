//! Starting runs: when a schedule wakes a connection, and when somebody asks for a run.

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

/// A schedule that wakes a connection so little before its time is waited for: its clock and ours differ.
const EARLY: SignedDuration = SignedDuration::from_secs(5);

/// A wish to start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Schema version.
    pub version: u32,
    /// What is wished.
    #[serde(flatten)]
    pub wish: Wish,
}

/// What is wished of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Wish {
    /// A schedule fired: start what is due by the connection's own timetable.
    Schedule {
        /// The connection, as it was named.
        connection: String,
        /// The time for which the schedule fired. It is logged and decides nothing, so that a text which cannot be read
        /// does no harm.
        #[serde(default)]
        scheduled_time: serde_json::Value,
    },
    /// Start a run now.
    Run {
        /// The connection.
        connection: String,
        /// The same token is the same run; without one, each wish is another.
        #[serde(default)]
        token: Option<String>,
    },
    /// End the runs that nobody decided by their deadline, because their checks were lost.
    Overdue,
}

/// Result of a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of a start.
    Start(StartAnswer),
    /// The runs that were ended, past their deadline.
    Ended {
        /// Connections and runs.
        ended: Vec<(ConnectionName, RunId)>,
    },
}

/// Result of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartAnswer {
    /// The connection.
    pub connection: String,
    /// `started`, `under-way`, `busy` (another run is live; made up for at the next start), `nothing-due` or `deleted`.
    pub result: &'static str,
    /// The run, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Earlier starts that it makes up for.
    pub missed: usize,
    /// The next start of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_start: Option<Timestamp>,
}

/// Fulfils a wish.
///
/// # Errors
/// Whatever keeps a run from being started; Lambda then tries again, and what was done is found and not done twice.
pub async fn start(host: &Host, event: Event) -> Result<Answer, Diagnostic> {
    fulfil(host, event).await.map_err(|failure| diagnostic(&failure))
}

async fn fulfil(host: &Host, event: Event) -> Result<Answer, Failure> {
    if event.version != VERSION {
        let detail = format!("version {} is not known; this program reads version {VERSION}", event.version);
        return Err(Failure::new(FailureKind::MessageInvalid, "event", detail));
    }
    let started = match event.wish {
        Wish::Overdue => {
            return Ok(Answer::Ended { ended: causeway_runs::end_overdue(&host.engine).await? });
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
    started.map(Answer::Start)
}

async fn run(host: &Host, name: &ConnectionName, token: Option<String>) -> Result<StartAnswer, Failure> {
    let engine = &host.engine;
    let request = causeway_runs::request_of(engine, name, token.as_deref()).await?;
    let started = causeway_runs::start(engine, name, &request).await?;
    let result = if started.resumed { "under-way" } else { "started" };
    Ok(StartAnswer {
        connection: name.to_string(),
        result,
        run: Some(started.run),
        missed: 0,
        next_start: None,
    })
}

/// Attends to a connection whose schedule fired. A schedule that fired a moment early is attended to when it is time.
async fn woken(host: &Host, name: &ConnectionName) -> Result<StartAnswer, Failure> {
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

fn told(name: &ConnectionName, attended: Attended) -> StartAnswer {
    let next_start = attended.next.map(|next| next.at);
    let (result, run, missed) = match (attended.due, attended.live) {
        (Some(Due { fired: Fired::Run(run), missed, .. }), _) => ("started", Some(run), missed),
        (Some(Due { fired: Fired::Busy, missed, .. }), live) => ("busy", live, missed),
        (None, Some(live)) => ("under-way", Some(live), 0),
        (None, None) => ("nothing-due", None, 0),
    };
    tracing::info!(connection = %name, result, run = run.as_ref().map(tracing::field::display), "attended to");
    StartAnswer { connection: name.to_string(), result, run, missed, next_start }
}

/// The connection is gone, so its schedule goes too; one that stays would wake nobody, for ever.
async fn deleted(host: &Host, name: &ConnectionName, failure: &Failure) -> Result<StartAnswer, Failure> {
    tracing::warn!(connection = %name, error = %failure, "the connection is deleted; its schedule is removed");
    if let Some(schedules) = &host.schedules {
        schedules.remove(name).await?;
    }
    Ok(StartAnswer {
        connection: name.to_string(),
        result: "deleted",
        run: None,
        missed: 0,
        next_start: None,
    })
}
