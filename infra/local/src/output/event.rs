//! Events of serving, as a line for people and as a log event.

use causeway_domain::plan::Verdict;
use causeway_domain::run::RunOutcome;
use causeway_domain::schedule::Start;
use causeway_domain::{ConnectionName, Failure, Outcome, RunId};
use causeway_runs::{Due, MISSED_AT_MOST};
use causeway_views::numbers::{between, counted, duration, in_zone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::path::PathBuf;

/// Delay after which a start is reported as late.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// One event.
pub(crate) enum Event {
    Serving {
        connections: usize,
        home: PathBuf,
    },
    /// The next start changed because of an edit; `None` when no start is left.
    Next {
        connection: ConnectionName,
        next: Option<Start>,
        zone: TimeZone,
    },
    /// A due start has its run.
    Started {
        connection: ConnectionName,
        run: Option<RunId>,
        due: Due,
        now: Timestamp,
        zone: TimeZone,
    },
    /// A start was due while a run was in progress.
    Skipped {
        connection: ConnectionName,
        due: Start,
        live: Option<RunId>,
        zone: TimeZone,
    },
    /// A run that another process began.
    Resumed {
        connection: ConnectionName,
        run: RunId,
    },
    Ended {
        connection: ConnectionName,
        run: RunId,
        outcome: Box<RunOutcome>,
        next: Option<Start>,
        zone: TimeZone,
    },
    /// A process died while working on this connection, which is now retried alone.
    Tried {
        connection: ConnectionName,
    },
    /// The process died over this connection too often.
    GivenUp {
        connection: ConnectionName,
        failure: Failure,
    },
    /// A check failed; the next one retries.
    Fault {
        connection: ConnectionName,
        failure: Failure,
    },
    Gone {
        connection: ConnectionName,
    },
    Stopping,
    Stopped {
        live: Vec<(ConnectionName, RunId)>,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serving { connections, home } => {
                let connections = counted(*connections as u64, "connection", "connections");
                write!(f, "Serving {connections} of {}; Ctrl-C stops", home.display())
            }
            Self::Next { connection, next, zone } => write!(f, "{connection}: {}", told(*next, zone)),
            Self::Started { connection, run, due, now, zone } => {
                let run = run.as_ref().map(ToString::to_string).unwrap_or_default();
                write!(f, "{connection}: run {run} started, due {}", in_zone(due.start.at, zone))?;
                let late = now.duration_since(due.start.at);
                if late >= LATE {
                    write!(f, ", {} late", duration(between(due.start.at, *now)))?;
                }
                match due.missed {
                    0 => Ok(()),
                    missed if missed >= MISSED_AT_MOST => {
                        write!(f, ", also covers {MISSED_AT_MOST} or more missed starts")
                    }
                    missed => {
                        write!(f, ", also covers {}", counted(missed as u64, "missed start", "missed starts"))
                    }
                }
            }
            Self::Skipped { connection, due, live, zone } => {
                let live = live.as_ref().map(ToString::to_string).unwrap_or_default();
                let due = in_zone(due.at, zone);
                write!(f, "{connection}: start of {due} waits for the end of run {live}")
            }
            Self::Resumed { connection, run } => write!(f, "{connection}: resuming run {run}"),
            Self::Ended { connection, run, outcome, next, zone } => {
                write!(f, "{connection}: run {run} ended {}", told_outcome(outcome))?;
                if let Some(next) = next {
                    write!(f, "; {}", told(Some(*next), zone))?;
                }
                Ok(())
            }
            Self::Tried { connection } => {
                write!(f, "{connection}: a process died while working on this connection; retrying it alone")
            }
            Self::GivenUp { connection, failure } => {
                write!(f, "{connection}: run failed: {failure}\n  help: {}", failure.advice())
            }
            Self::Fault { connection, failure } => {
                write!(f, "{connection}: cannot be processed: {failure}\n  help: {}", failure.advice())
            }
            Self::Gone { connection } => write!(f, "{connection}: deleted"),
            Self::Stopping => {
                f.write_str("Stopping: finishing work in progress; press Ctrl-C again to stop at once")
            }
            Self::Stopped { live } if live.is_empty() => f.write_str("Stopped; no run was interrupted"),
            Self::Stopped { live } => {
                let runs: Vec<String> = live.iter().map(|(name, run)| format!("{name} {run}")).collect();
                write!(f, "Stopped; the next `causeway serve` resumes: {}", runs.join(", "))
            }
        }
    }
}

impl Event {
    /// Writes the event to the log.
    pub(crate) fn log(&self) {
        let text = self.to_string();
        match self {
            Self::Serving { .. } | Self::Stopping | Self::Stopped { .. } => tracing::info!("{text}"),
            Self::Next { connection, .. } | Self::Gone { connection } | Self::Skipped { connection, .. } => {
                tracing::info!(%connection, "{text}");
            }
            Self::Started { connection, run, due, .. } => {
                let run = run.as_ref().map(ToString::to_string);
                tracing::info!(%connection, run, due = %due.start.at, missed = due.missed, "{text}");
            }
            Self::Resumed { connection, run } => tracing::info!(%connection, %run, "{text}"),
            Self::Ended { connection, run, outcome, .. } => {
                tracing::info!(%connection, %run, outcome = %outcome.outcome, "{text}");
            }
            Self::Tried { connection } => tracing::warn!(%connection, "{text}"),
            Self::GivenUp { connection, failure } | Self::Fault { connection, failure } => {
                tracing::error!(%connection, error = %failure, advice = failure.advice(), "{text}");
            }
        }
    }
}

fn told_outcome(outcome: &RunOutcome) -> String {
    let took = duration(between(outcome.started_at, outcome.ended_at));
    let mut text = format!("{} after {took}", outcome.outcome);
    match outcome.outcome {
        Outcome::Complete | Outcome::Partial => {
            let findings = &outcome.findings;
            let fixed = findings.of(Verdict::Fixed) + findings.of(Verdict::FixedByVendor);
            let sent = counted(outcome.delivered.findings, "finding", "findings");
            text.push_str(&format!(": {} new, {fixed} fixed, {sent} sent", findings.of(Verdict::New)));
        }
        Outcome::Failed | Outcome::Held => {
            text.push_str(
                &outcome.failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default(),
            );
        }
    }
    text
}

fn told(next: Option<Start>, zone: &TimeZone) -> String {
    next.map_or("no further start".to_owned(), |next| format!("next start {}", in_zone(next.at, zone)))
}
