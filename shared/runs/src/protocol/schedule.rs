//! Schedules: each look at a connection starts the run that is due, at most one, however often and by however many
//! it is looked at.
//!
//! `connections/<c>/schedule.json` says which start was handled last. It is written after the run was claimed, so a
//! crash in between repeats the start, and a start for the same time is the same run. Whatever became due while nobody
//! looked, or while a run was live, is one start: the latest stands for all.

use crate::connections::registry::load;
use crate::connections::timetable::{follow_definition, timetable};
use crate::protocol::attempt;
use crate::{Engine, StartRequest, resume, start, store};
use async_recursion::async_recursion;
use causeway_domain::connection::ScheduleRecord;
use causeway_domain::layout::ConnectionKeys;
use causeway_domain::run::RunOutcome;
use causeway_domain::schedule::Start;
use causeway_domain::{ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind, RunId};
use causeway_ports::{PutCondition, PutOutcome};
use jiff::Timestamp;

/// Tells scheduled runs apart from those that somebody asked for at the same time.
const TOKEN: &str = "schedule";

/// Missed starts are counted up to this number.
pub const MISSED_AT_MOST: usize = 1000;

/// What a look at a connection found and did.
#[derive(Debug, Clone)]
pub struct Attended {
    /// The run in progress.
    pub live: Option<RunId>,
    /// The run that was in hand and is decided now.
    pub ended: Option<(RunId, RunOutcome)>,
    /// The start that was due.
    pub due: Option<Due>,
    /// The next start; `None` without a schedule, or when it is over or switched off.
    pub next: Option<Start>,
}

/// A start that was due.
#[derive(Debug, Clone)]
pub struct Due {
    /// When and why then.
    pub start: Start,
    /// Earlier starts that it makes up for, at most [`MISSED_AT_MOST`].
    pub missed: usize,
    /// What came of it.
    pub fired: Fired,
}

/// What came of a start that was due.
#[derive(Debug, Clone)]
pub enum Fired {
    /// Its run, which may have failed at once, or was there already.
    Run(RunId),
    /// Another run is live; the start is made up for when that has ended.
    Busy,
}

/// Looks at one connection: goes on with its run unless that is `in_hand`, and starts the run that is due.
///
/// # Errors
/// `NotFound` when the connection is gone; those of the object store; `DefinitionInvalid` for a schedule that this
/// program cannot read. The next look tries again.
#[async_recursion]
pub async fn attend(
    engine: &Engine,
    name: &ConnectionName,
    in_hand: Option<&RunId>,
) -> Result<Attended, Failure> {
    let connection = load(engine, name).await?;
    let mark = follow_definition(engine, &connection).await?;
    let mut ended = match in_hand {
        Some(run) => ended(engine, name, run, &connection.record).await?,
        None => None,
    };
    let record = connection.record;
    let mut live = record.current_run.filter(|_| record.state == ConnectionState::Processing);
    if live.is_some() && live.as_ref() != in_hand {
        // After a crash its messages may be missing.
        match Box::pin(resume(engine, name)).await {
            Ok(started) => live = started.map(|started| started.run),
            Err(failure) => {
                // One that failed for good has ended with that.
                let run = live.take().ok_or_else(|| failure.clone())?;
                let outcome = attempt::outcome(engine, name, &run).await?.ok_or(failure)?;
                ended = Some((run, outcome));
            }
        }
    }
    let Some(timetable) = timetable(&connection.registered, mark.since)? else {
        return Ok(Attended { live, ended, due: None, next: None });
    };
    let now = engine.clock.now();
    let after = mark.after();
    let mut due = None;
    if let Some(start) = timetable.latest(after, now) {
        let fired = fire(engine, name, &mark, start).await?;
        if let Fired::Run(run) = &fired {
            live = Some(run.clone());
        }
        let missed = timetable.starts_after(after).take(MISSED_AT_MOST + 1);
        let missed = missed.take_while(|missed| missed.at < start.at).count();
        due = Some(Due { start, missed, fired });
    }
    Ok(Attended { live, ended, due, next: timetable.next_after(now) })
}

/// Starts the run of `due`, then writes down that it is handled.
async fn fire(
    engine: &Engine,
    name: &ConnectionName,
    mark: &ScheduleRecord,
    due: Start,
) -> Result<Fired, Failure> {
    let request = StartRequest { at: due.at, token: TOKEN.to_owned() };
    let run = match start(engine, name, &request).await {
        Ok(started) => started.run,
        Err(failure) if failure.kind == FailureKind::RunInProgress => return Ok(Fired::Busy),
        Err(failure) => {
            let run = RunId::derive(name, request.at, &request.token);
            // A run that failed at once has been; anything else is tried again.
            attempt::outcome(engine, name, &run).await?.ok_or(failure)?;
            run
        }
    };
    handled(engine, name, mark, due.at).await?;
    Ok(Fired::Run(run))
}

async fn handled(
    engine: &Engine,
    name: &ConnectionName,
    mark: &ScheduleRecord,
    due: Timestamp,
) -> Result<(), Failure> {
    let key = ConnectionKeys(name).schedule();
    let objects = engine.objects.as_ref();
    loop {
        let Some((present, etag)) = store::read_versioned::<ScheduleRecord>(objects, &key).await? else {
            return Ok(());
        };
        // Another was here too, or the schedule was edited and counts afresh.
        if present.schedule != mark.schedule || present.handled >= Some(due) {
            return Ok(());
        }
        let next = ScheduleRecord { handled: Some(due), ..present };
        let condition = PutCondition::IfMatch(etag);
        if let PutOutcome::Written(_) = store::write(objects, &key, &next, condition).await? {
            return Ok(());
        }
    }
}

async fn ended(
    engine: &Engine,
    name: &ConnectionName,
    run: &RunId,
    record: &ConnectionRecord,
) -> Result<Option<(RunId, RunOutcome)>, Failure> {
    // Decided and committed: until then the connection is not free.
    let live = record.state == ConnectionState::Processing && record.current_run.as_ref() == Some(run);
    if live {
        return Ok(None);
    }
    Ok(attempt::outcome(engine, name, run).await?.map(|outcome| (run.clone(), outcome)))
}
