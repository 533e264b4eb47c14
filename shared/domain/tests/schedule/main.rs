//! When schedules start: by hand around clock changes, and against a model that walks the clock minute by minute.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set itself up has failed"
)]

mod clock_changes;
mod model;
mod windows;

use causeway_domain::definition::ScheduleSettings;
use causeway_domain::schedule::Timetable;
use jiff::Timestamp;

/// A schedule as it is written in a connection file.
fn settings(table: &str) -> ScheduleSettings {
    toml::from_str(table).unwrap_or_else(|error| panic!("{error}"))
}

fn timetable(table: &str, since: &str) -> Timetable {
    Timetable::of(&settings(table), instant(since)).unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The first starts, each as the local clock shows it when they come, with its offset, and what the change did.
fn starts(table: &Timetable, after: &str, count: usize) -> Vec<String> {
    let tell = |start: causeway_domain::schedule::Start| {
        let shown = start.at.to_zoned(table.zone().clone()).strftime("%F %R %:z").to_string();
        match start.shift {
            causeway_domain::schedule::Shift::None => shown,
            shift => format!("{shown} {shift:?} for {}", start.wanted.strftime("%R")),
        }
    };
    table.starts_after(instant(after)).take(count).map(tell).collect()
}
