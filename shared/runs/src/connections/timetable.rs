//! The timetable of a connection's schedule, and the record of which start was handled last.

use crate::connections::registry::{Connection, load};
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::connection::ScheduleRecord;
use causeway_domain::definition::{Registered, ScheduleSettings};
use causeway_domain::layout::ConnectionKeys;
use causeway_domain::schedule::Timetable;
use causeway_domain::{ConnectionName, ConnectionRecord, ConnectionState, Failure, FailureKind};
use causeway_ports::{Etag, PutCondition, PutOutcome, Schedules};
use jiff::Timestamp;

/// The timetable of a connection's schedule, if it has one that is switched on.
///
/// # Errors
/// `DefinitionInvalid` for a schedule that this program cannot read.
#[async_recursion]
pub async fn timetable_of(engine: &Engine, connection: &Connection) -> Result<Option<Timetable>, Failure> {
    let registered = &connection.registered;
    let mark = read(engine, registered).await?.map(|(mark, _)| mark);
    let mark = mark.filter(|mark| mark.schedule == registered.definition.schedule);
    timetable(registered, mark.map_or_else(|| engine.clock.now(), |mark| mark.since))
}

/// Has the connection `name` woken as it is registered now; one without a schedule, or that is gone, no longer.
///
/// # Errors
/// `DefinitionInvalid` for a schedule that cannot be said exactly there; those of both stores.
#[async_recursion]
pub async fn follow_schedule(
    engine: &Engine,
    schedules: &dyn Schedules,
    name: &ConnectionName,
) -> Result<(), Failure> {
    let connection = match load(engine, name).await {
        Err(failure) if failure.kind == FailureKind::NotFound => return schedules.remove(name).await,
        connection => connection?,
    };
    let mark = follow_definition(engine, &connection).await?;
    match &mark.schedule {
        Some(settings) => schedules.put(name, settings, mark.since).await,
        None => schedules.remove(name).await,
    }
}

pub(crate) fn timetable(registered: &Registered, since: Timestamp) -> Result<Option<Timetable>, Failure> {
    let schedule = registered.definition.schedule.as_ref();
    schedule.filter(|schedule| schedule.enabled).map(|schedule| Timetable::of(schedule, since)).transpose()
}

async fn read(engine: &Engine, registered: &Registered) -> Result<Option<(ScheduleRecord, Etag)>, Failure> {
    let key = ConnectionKeys(&registered.definition.name).schedule();
    store::read_versioned(engine.objects.as_ref(), &key).await
}

/// Sees to it that the record belongs to the schedule of the definition, and that a connection that has never run is
/// `Scheduled` or `Registered` accordingly.
pub(crate) async fn follow_definition(
    engine: &Engine,
    connection: &Connection,
) -> Result<ScheduleRecord, Failure> {
    let registered = &connection.registered;
    let schedule: Option<&ScheduleSettings> = registered.definition.schedule.as_ref();
    let now = engine.clock.now();
    let known = read(engine, registered).await?;
    let mark = match known {
        Some((mark, _)) if mark.schedule.as_ref() == schedule => mark,
        None if schedule.is_none() => ScheduleRecord { schedule: None, since: now, handled: None },
        known => {
            let mark = ScheduleRecord { schedule: schedule.cloned(), since: now, handled: None };
            let condition = known.map_or(PutCondition::IfAbsent, |(_, etag)| PutCondition::IfMatch(etag));
            let key = ConnectionKeys(&registered.definition.name).schedule();
            match store::write(engine.objects.as_ref(), &key, &mark, condition).await? {
                PutOutcome::Written(_) => mark,
                // Whoever was first meant the same schedule, or the next look sees a newer one.
                PutOutcome::Conflict => store::require(engine.objects.as_ref(), &key).await?,
            }
        }
    };
    let next = timetable(registered, mark.since)?.and_then(|timetable| timetable.next_after(mark.after()));
    let state = if next.is_some() { ConnectionState::Scheduled } else { ConnectionState::Registered };
    let record = &connection.record;
    let waiting = matches!(record.state, ConnectionState::Registered | ConnectionState::Scheduled);
    if waiting && record.state != state {
        let next = ConnectionRecord { state, changed_at: now, ..record.clone() };
        let condition = PutCondition::IfMatch(connection.record_etag.clone());
        let key = ConnectionKeys(&registered.definition.name).state();
        // Somebody who was first has started a run, or meant the same.
        store::write(engine.objects.as_ref(), &key, &next, condition).await?;
    }
    Ok(mark)
}
