//! Start, end, five years, and what was missed.

use crate::{instant, settings, starts, timetable};
use causeway_domain::schedule::Timetable;

#[test]
fn weekly_comes_on_its_days() {
    let table = timetable(
        "occurs = \"weekly\"\ndays = [\"thursday\", \"monday\"]\nat = [\"18:00\", \"06:00\"]\n\
         time_zone = \"America/New_York\"\nstart = \"2026-06-01T06:00\"\nend = \"2026-06-08T06:00\"",
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(
        starts(&table, "2026-01-01T00:00:00Z", 10),
        [
            "2026-06-01 06:00 -04:00",
            "2026-06-01 18:00 -04:00",
            "2026-06-04 06:00 -04:00",
            "2026-06-04 18:00 -04:00",
            "2026-06-08 06:00 -04:00",
        ],
        "start and end are starts themselves"
    );
}

#[test]
fn once_is_once() {
    let table = timetable("occurs = \"once\"\nstart = \"2026-12-01T02:30:15\"", "2026-01-01T00:00:00Z");
    let start = instant("2026-12-01T02:30:15Z");
    let all: Vec<_> = table.starts_after(instant("2026-01-01T00:00:00Z")).map(|start| start.at).collect();
    assert_eq!(all, [start]);
    assert_eq!(table.next_after(start), None);
}

#[test]
fn cron_without_a_start_begins_when_it_was_applied() {
    let table = timetable("occurs = \"cron\"\ncron = \"15 4 1,15 * *\"", "2026-05-01T04:15:00Z");
    assert_eq!(
        starts(&table, "2020-01-01T00:00:00Z", 3),
        ["2026-05-01 04:15 +00:00", "2026-05-15 04:15 +00:00", "2026-06-01 04:15 +00:00"]
    );
}

/// Without a start, hours are counted from the first full hour, as the local clock has it.
#[test]
fn hours_are_counted_from_a_full_hour() {
    let table = timetable(
        "occurs = \"hourly\"\nevery_hours = 8\ntime_zone = \"Asia/Kolkata\"",
        "2026-05-01T04:00:01Z",
    );
    assert_eq!(
        starts(&table, "2026-05-01T04:00:01Z", 2),
        ["2026-05-01 10:00 +05:30", "2026-05-01 18:00 +05:30"]
    );
}

#[test]
fn it_is_over_after_five_years() {
    let table = timetable(
        "occurs = \"daily\"\nat = [\"02:00\"]\ntime_zone = \"Europe/Berlin\"\nstart = \"2026-07-01T02:00\"",
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(table.window(), (instant("2026-07-01T00:00:00Z"), instant("2031-07-01T00:00:00Z")));
    assert_eq!(table.starts_after(instant("2026-01-01T00:00:00Z")).count(), 5 * 365 + 1 + 1, "one leap day");
}

/// A year of missed starts is one start, found without walking through it.
#[test]
fn the_latest_stands_for_all_that_were_missed() {
    let table = timetable("occurs = \"cron\"\ncron = \"* * * * *\"", "2026-01-01T00:00:00Z");
    let (after, now) = (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T12:34:56Z"));
    let latest = table.latest(after, now).map(|start| start.at);
    assert_eq!(latest, Some(instant("2027-01-01T12:34:00Z")));
    assert_eq!(table.latest(instant("2027-01-01T12:34:00Z"), now), None, "handled");
    let yearly = timetable("occurs = \"cron\"\ncron = \"0 0 29 2 *\"", "2026-01-01T00:00:00Z");
    let leap = yearly.latest(after, instant("2030-06-01T00:00:00Z")).map(|start| start.at);
    assert_eq!(leap, Some(instant("2028-02-29T00:00:00Z")));
}

#[test]
fn it_is_stored_as_it_is_written() {
    for table in [
        "occurs = \"daily\"\nat = [\"02:30\", \"14:00\"]",
        "occurs = \"weekly\"\ndays = [\"monday\"]\nat = [\"00:00\"]\nenabled = false",
        "occurs = \"hourly\"\nevery_hours = 6\nstart = \"2026-12-01T02:30\"\nend = \"2027-12-01T02:30\"",
        "occurs = \"cron\"\ncron = \"30 2 * * mon-fri\"\ntime_zone = \"Europe/Berlin\"",
        "occurs = \"once\"\nstart = \"2026-12-01T02:30:05\"",
    ] {
        let read = settings(table);
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(
            serde_json::from_str::<causeway_domain::definition::ScheduleSettings>(&json).unwrap(),
            read,
            "{json}"
        );
        assert_eq!(settings(&toml::to_string(&read).unwrap()), read);
    }
}

/// A machine without zone files has the zones of the binary.
#[test]
fn zones_come_with_the_binary() {
    let bundled = jiff::tz::TimeZoneDatabase::bundled();
    assert!(bundled.get("Europe/Berlin").is_ok() && bundled.available().count() > 400);
}

#[test]
fn a_zone_that_is_gone_is_a_failure() {
    let mut settings = settings("occurs = \"once\"\nstart = \"2026-12-01T02:30\"");
    settings.time_zone = "Mars/Olympus".to_owned();
    let failure = Timetable::of(&settings, instant("2026-01-01T00:00:00Z")).unwrap_err();
    assert_eq!(failure.to_string(), "schedule.time_zone: \"Mars/Olympus\" is not a time zone");
}
