//! Reported events of one connection, so that each is reported once.

use crate::output::Event;
use causeway_domain::schedule::Start;
use causeway_domain::{ConnectionName, ConnectionState, Failure, FailureKind, RunId};
use causeway_runs::{Attended, Connection, Fired};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::task::Id;

/// Pause after a failed check.
const AFTER_FAULT: SignedDuration = SignedDuration::from_secs(5);

#[derive(Default)]
pub(super) struct Watcher {
    /// The check in progress.
    looking: Option<Id>,
    not_before: Option<Timestamp>,
    zone: Option<TimeZone>,
    in_hand: Option<RunId>,
    /// The next start as last reported; outer `None` before the first check.
    next: Option<Option<Start>>,
    skipped: Option<Timestamp>,
    fault: Option<String>,
}

impl Watcher {
    /// The run that this process is responsible for.
    pub(super) fn in_hand(&self) -> Option<RunId> {
        self.in_hand.clone()
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next.flatten().map(|start| start.at)
    }

    /// Whether the connection may be checked.
    pub(super) fn may_begin(&mut self, now: Timestamp, connection: &Connection) -> bool {
        let schedule = connection.registered.definition.schedule.as_ref();
        self.zone = schedule.and_then(|schedule| causeway_domain::schedule::zone(&schedule.time_zone).ok());
        self.looking.is_none() && self.not_before.is_none_or(|at| now >= at)
    }

    /// Whether a check may start or resume a run, which is more than reading a few small objects.
    pub(super) fn has_work(&self, now: Timestamp, connection: &Connection) -> bool {
        let record = &connection.record;
        let live = record.state == ConnectionState::Processing && record.current_run != self.in_hand;
        live || self.next.is_none() || self.next().is_some_and(|next| next <= now)
    }

    pub(super) fn began(&mut self, look: Id) {
        self.looking = Some(look);
    }

    pub(super) fn is_in(&self, look: Id) -> bool {
        self.looking == Some(look)
    }

    /// Reports the result of a check.
    pub(super) fn looked(
        &mut self,
        name: &ConnectionName,
        attended: Result<Attended, Failure>,
        now: Timestamp,
        tell: &mut impl FnMut(&Event),
    ) {
        self.looking = None;
        self.not_before = None;
        let connection = || name.clone();
        let attended = match attended {
            Ok(attended) => attended,
            // The next list of connections shows it.
            Err(failure) if failure.kind == FailureKind::NotFound => return,
            Err(failure) => {
                self.not_before = now.checked_add(AFTER_FAULT).ok();
                if self.fault.replace(failure.to_string()) != self.fault {
                    tell(&Event::Fault { connection: connection(), failure });
                }
                return;
            }
        };
        self.fault = None;
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let Attended { live, ended, due, next } = attended;
        let mut told_next = false;
        if let Some((run, outcome)) = ended {
            self.in_hand = None;
            told_next = true;
            tell(&Event::Ended {
                connection: connection(),
                run,
                outcome: Box::new(outcome),
                next,
                zone: zone.clone(),
            });
        }
        let fired = due.as_ref().is_some_and(|due| matches!(due.fired, Fired::Run(_)));
        match due {
            Some(due) if fired => {
                let run = live.clone();
                tell(&Event::Started { connection: connection(), run, due, now, zone: zone.clone() });
            }
            Some(due) if self.skipped.replace(due.start.at) != Some(due.start.at) => {
                tell(&Event::Skipped {
                    connection: connection(),
                    due: due.start,
                    live: live.clone(),
                    zone: zone.clone(),
                });
            }
            _ => {}
        }
        if live != self.in_hand
            && !fired
            && let Some(run) = live.clone()
        {
            tell(&Event::Resumed { connection: connection(), run });
        }
        if self.next.replace(next) != Some(next) && !told_next && !fired {
            tell(&Event::Next { connection: connection(), next, zone });
        }
        self.in_hand = live;
    }
}
