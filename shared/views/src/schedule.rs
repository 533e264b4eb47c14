//! The next starts of a connection, as data.

use async_recursion::async_recursion;
use causeway_domain::definition::ScheduleSettings;
use causeway_domain::schedule::{Shift, Start};
use causeway_domain::{ConnectionName, Failure};
use causeway_runs::{Connection, Engine, timetable_of};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

/// The schedule of one connection and its next starts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpcomingStarts {
    /// The connection.
    pub connection: ConnectionName,
    /// Its schedule, even if it is disabled.
    pub schedule: Option<ScheduleSettings>,
    /// The first instant at which a run may start; `None` without a schedule in force.
    pub from: Option<Timestamp>,
    /// The last one.
    pub until: Option<Timestamp>,
    /// The next starts, in order.
    pub starts: Vec<UpcomingStart>,
    /// The time zone of the schedule.
    #[serde(skip)]
    pub zone: TimeZone,
}

/// One scheduled start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpcomingStart {
    /// In the schedule's time zone, with its offset from UTC.
    pub local: String,
    /// In UTC.
    pub utc: Timestamp,
    /// The local time that the schedule asks for.
    pub wanted: DateTime,
    /// Whether a clock change moves it.
    pub shift: Shift,
    /// The effect of a clock change on it, in words; empty without one.
    pub note: String,
}

/// The schedule of `connection` with at most `count` of its next starts.
///
/// # Errors
/// `DefinitionInvalid` for a schedule that this program cannot read.
#[async_recursion]
pub async fn upcoming_starts(
    engine: &Engine,
    connection: &Connection,
    count: usize,
) -> Result<UpcomingStarts, Failure> {
    let definition = &connection.registered.definition;
    let timetable = timetable_of(engine, connection).await?;
    let zone = timetable.as_ref().map_or(TimeZone::UTC, |timetable| timetable.zone().clone());
    let window = timetable.as_ref().map(|timetable| timetable.window());
    let now = engine.clock.now();
    let mut before: Option<Zoned> = None;
    let next = timetable.iter().flat_map(|timetable| timetable.starts_after(now)).take(count);
    let starts = next.map(|start| {
        let local = start.at.to_zoned(zone.clone());
        let note = note(&start, &local, before.as_ref());
        before = Some(local.clone());
        let Start { at: utc, wanted, shift } = start;
        UpcomingStart { local: local.strftime("%FT%T%:z").to_string(), utc, wanted, shift, note }
    });
    Ok(UpcomingStarts {
        connection: definition.name.clone(),
        schedule: definition.schedule.clone(),
        from: window.map(|(from, _)| from),
        until: window.map(|(_, until)| until),
        starts: starts.collect(),
        zone,
    })
}

/// The next scheduled start of `connection`, in the zone of its schedule.
///
/// # Errors
/// As [`upcoming_starts`].
#[async_recursion]
pub async fn next_start(engine: &Engine, connection: &Connection) -> Result<Option<Zoned>, Failure> {
    let timetable = timetable_of(engine, connection).await?;
    Ok(timetable.and_then(|timetable| {
        let next = timetable.next_after(engine.clock.now())?;
        Some(next.at.to_zoned(timetable.zone().clone()))
    }))
}

/// The effect of a clock change on a start, or of one since the previous start.
fn note(start: &Start, local: &Zoned, before: Option<&Zoned>) -> String {
    let wanted = start.wanted.strftime("%R");
    match start.shift {
        Shift::Gap => {
            format!("clocks go forward: {wanted} does not exist on this day; starts right after the gap")
        }
        Shift::Fold => format!("clocks go back: {wanted} occurs twice on this day; the first is used"),
        Shift::None => {
            let changed = before.filter(|before| before.offset() != local.offset());
            changed
                .map(|before| format!("clocks were changed: UTC{} before", before.strftime("%:z")))
                .unwrap_or_default()
        }
    }
}
