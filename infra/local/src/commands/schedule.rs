//! `schedule show`.

use crate::arguments::{ScheduleArgs, ScheduleCommand};
use crate::output::numbers::in_zone;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::ConnectionName;
use causeway_domain::definition::Occurs;
use causeway_domain::schedule::{Shift, Start, Timetable};
use causeway_runs::Connection;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

pub(crate) async fn answer(
    command: ScheduleCommand,
    place: &Place,
    screen: &Screen,
) -> Result<Ending, Problem> {
    let ScheduleCommand::Show(ScheduleArgs { connection, count }) = command;
    let engine = &place.engine;
    let connections = match connection {
        Some(name) => vec![causeway_runs::load(engine, &ConnectionName::parse(&name)?).await?],
        None => causeway_runs::list(engine).await?,
    };
    let now = engine.clock.now();
    let mut all = Vec::new();
    for connection in connections {
        let timetable = causeway_runs::timetable_of(engine, &connection).await?;
        all.push(Shown::of(connection, timetable, now, usize::from(count)));
    }
    let data: Vec<Value> = all.iter().map(Shown::data).collect();
    screen.show(&data, || {
        if all.is_empty() {
            return format!("No connections. Create one with `{} connection apply FILE`.", place.causeway());
        }
        all.iter().map(|shown| shown.text(screen)).collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(Ending::Done)
}

/// The next start of a connection, and how it is written for people.
pub(crate) async fn next(
    place: &Place,
    name: &ConnectionName,
) -> Result<Option<(Timestamp, String)>, Problem> {
    let connection = causeway_runs::load(&place.engine, name).await?;
    next_of(place, &connection).await
}

/// [`next`] of a connection that was read before.
pub(crate) async fn next_of(
    place: &Place,
    connection: &Connection,
) -> Result<Option<(Timestamp, String)>, Problem> {
    let timetable = causeway_runs::timetable_of(&place.engine, connection).await?;
    let next = timetable.as_ref().and_then(|timetable| {
        let next = timetable.next_after(place.engine.clock.now())?;
        Some((next.at, in_zone(next.at, timetable.zone())))
    });
    Ok(next)
}

/// The next starts of one connection.
struct Shown {
    connection: Connection,
    timetable: Option<Timetable>,
    starts: Vec<Start>,
}

impl Shown {
    fn of(connection: Connection, timetable: Option<Timetable>, now: Timestamp, count: usize) -> Self {
        let starts = timetable.as_ref().map(|table| table.starts_after(now).take(count).collect());
        Self { connection, starts: starts.unwrap_or_default(), timetable }
    }

    fn zone(&self) -> TimeZone {
        self.timetable.as_ref().map_or(TimeZone::UTC, |timetable| timetable.zone().clone())
    }

    /// Each start with its local time and what there is to say about it.
    fn lines(&self) -> impl Iterator<Item = (&Start, Zoned, String)> {
        let mut before: Option<Zoned> = None;
        self.starts.iter().map(move |start| {
            let local = start.at.to_zoned(self.zone());
            let note = note(start, &local, before.as_ref());
            before = Some(local.clone());
            (start, local, note)
        })
    }

    fn data(&self) -> Value {
        let definition = &self.connection.registered.definition;
        let window = self.timetable.as_ref().map(Timetable::window);
        let starts: Vec<Value> = self
            .lines()
            .map(|(start, local, note)| {
                json!({
                    "local": local.strftime("%FT%T%:z").to_string(),
                    "utc": start.at,
                    "wanted": start.wanted,
                    "shift": start.shift,
                    "note": note,
                })
            })
            .collect();
        json!({
            "connection": definition.name,
            "schedule": definition.schedule,
            "from": window.map(|(from, _)| from),
            "until": window.map(|(_, until)| until),
            "starts": starts,
        })
    }

    fn text(&self, screen: &Screen) -> String {
        let definition = &self.connection.registered.definition;
        let name = &definition.name;
        let (Some(timetable), Some(schedule)) = (&self.timetable, &definition.schedule) else {
            return match definition.schedule {
                Some(_) => format!("{name}: its schedule is switched off (enabled = false)"),
                None => format!("{name}: no schedule; runs only with `causeway run {name}`"),
            };
        };
        let day = |at: Timestamp| at.to_zoned(self.zone()).strftime("%F %R").to_string();
        let (from, until) = timetable.window();
        let head = match schedule.occurs {
            Occurs::Once => format!("{name}: once, at {}", day(from)),
            _ => format!("{name}: {}, from {} until {}", schedule.occurs, day(from), day(until)),
        };
        if self.starts.is_empty() {
            return format!("{head}\nNo further start.");
        }
        let zone = schedule.time_zone.as_str();
        let utc = zone == "UTC";
        let mut header = vec!["start", zone];
        if !utc {
            header.push("UTC");
        }
        header.push("note");
        let mut grid = screen.grid(&header);
        for (number, (start, local, note)) in self.lines().enumerate() {
            let mut row = vec![(number + 1).to_string(), local.strftime("%a %F %R %:z").to_string()];
            if !utc {
                row.push(start.at.strftime("%F %R").to_string());
            }
            row.push(note);
            grid.row(row);
        }
        format!("{head}\n{}", grid.right([0]))
    }
}

/// What a clock change does to a start, or has done since the one before.
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
