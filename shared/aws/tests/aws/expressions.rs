//! Every start of a timetable is woken, and nothing else but where a clock change has a say.

use crate::interpreter::fires;
use causeway_aws::{Expression, expressions};
use causeway_domain::definition::{Day, LocalTime, Occurs, ScheduleSettings, TimeOfDay};
use causeway_domain::schedule::{Shift, Timetable};
use causeway_domain::{Failure, FailureKind};
use jiff::{SignedDuration, Timestamp, civil};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

fn settings(occurs: Occurs, time_zone: &str, start: Option<&str>) -> ScheduleSettings {
    let start = start.map(|start| start.parse().unwrap());
    ScheduleSettings { occurs, time_zone: time_zone.into(), start, end: None, enabled: true }
}

fn said(settings: &ScheduleSettings, now: &str) -> Result<Vec<Expression>, Failure> {
    let now: Timestamp = now.parse().unwrap();
    expressions(settings, &Timetable::of(settings, now).unwrap(), now)
}

fn texts(occurs: Occurs, zone: &str, start: Option<&str>) -> Vec<String> {
    let said = said(&settings(occurs, zone, start), "2026-11-28T10:00:30Z").unwrap();
    said.into_iter().map(|expression| expression.text).collect()
}

fn at(times: &[&str]) -> Vec<TimeOfDay> {
    times.iter().map(|time| time.parse().unwrap()).collect()
}

fn cron(cron: &str) -> Occurs {
    Occurs::Cron { cron: cron.into() }
}

#[test]
fn schedules_read_as_a_person_would_write_them() {
    for (occurs, expected) in [
        (Occurs::Daily { at: at(&["02:30"]) }, &["cron(30 2 * * ? *)"][..]),
        (
            Occurs::Daily { at: at(&["22:00", "02:00", "06:30"]) },
            &["cron(0 2,22 * * ? *)", "cron(30 6 * * ? *)"],
        ),
        (Occurs::Daily { at: at(&["02:00", "02:30", "08:00", "08:30"]) }, &["cron(0,30 2,8 * * ? *)"]),
        (
            Occurs::Weekly { days: vec![Day::Sunday, Day::Monday], at: at(&["02:30"]) },
            &["cron(30 2 ? * 1,2 *)"],
        ),
        (Occurs::Hourly { every_hours: 1 }, &["rate(1 hour)"]),
        (Occurs::Hourly { every_hours: 6 }, &["rate(6 hours)"]),
        (cron("*/15 8-17 * * mon-fri"), &["cron(0/15 8-17 ? * 2-6 *)"]),
        (cron("0 4 1,15 * sun"), &["cron(0 4 1,15 * ? *)", "cron(0 4 ? * 1 *)"]),
        (cron("0 4 L 3,6,9,12 ?"), &["cron(0 4 L 3/3 ? *)"]),
        (cron("0 4 * * fri#2"), &["cron(0 4 ? * 6#2 *)"]),
        (cron("* * * * *"), &["cron(* * * * ? *)"]),
    ] {
        assert_eq!(texts(occurs.clone(), "UTC", None), expected, "{occurs}");
    }
    let once = texts(Occurs::Once, "Europe/Berlin", Some("2026-12-01T02:30"));
    assert_eq!(once, ["at(2026-12-01T01:30:00)"]);
}

#[test]
fn a_time_that_a_clock_change_skips_is_made_up_for() {
    let said = texts(Occurs::Daily { at: at(&["02:30"]) }, "Europe/Berlin", None);
    assert_eq!(said, ["cron(30 2 * * ? *)", "cron(0 1 25,26,28,30,31 3 ? 2027-2031)"]);
}

#[test]
fn a_window_begins_with_a_start_that_is_to_come_and_ends_after_five_years() {
    let daily = settings(Occurs::Daily { at: at(&["02:30"]) }, "UTC", Some("2026-12-01T02:30"));
    let only = &said(&daily, "2026-11-28T10:00:00Z").unwrap()[0];
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    assert_eq!((only.from, only.until), (time("2026-12-01T02:29:00Z"), time("2031-12-01T02:30:00Z")));
    // AWS refuses a start that has passed.
    let later = &expressions(
        &daily,
        &Timetable::of(&daily, Timestamp::UNIX_EPOCH).unwrap(),
        time("2027-01-01T00:00:00Z").unwrap(),
    )
    .unwrap()[0];
    assert_eq!(later.from, None);
    let hourly = settings(Occurs::Hourly { every_hours: 5 }, "UTC", Some("2026-11-28T01:10"));
    let rate = &said(&hourly, "2026-11-28T10:00:00Z").unwrap()[0];
    assert_eq!(rate.from, time("2026-11-28T11:10:00Z"), "the next of the grid that the start began");
    assert_eq!(
        said(&settings(Occurs::Once, "UTC", Some("2026-11-28T09:00")), "2026-11-28T10:00:00Z").unwrap(),
        []
    );
}

#[test]
fn what_cannot_be_said_exactly_is_refused_by_field() {
    let refused =
        |cron_text: &str| said(&settings(cron(cron_text), "UTC", None), "2026-11-28T10:00:00Z").unwrap_err();
    let both = refused("0 4 1-7 * +mon");
    assert_eq!((both.kind, both.subject.as_str()), (FailureKind::DefinitionInvalid, "schedule.cron"));
    assert!(both.detail.contains("both of its fields"), "{both}");
}

#[test]
fn the_longest_expression_is_short_enough() {
    // Two of every three make neither a range nor a step.
    let pairs = |first: u32, last: u32| {
        (first..=last).filter(|n| (n - first) % 3 < 2).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
    };
    let longest = format!("{} {} {} {} *", pairs(0, 59), pairs(0, 23), pairs(1, 31), pairs(1, 12));
    let said = texts(cron(&longest), "UTC", None);
    assert_eq!(said.iter().map(String::len).collect::<Vec<_>>(), [238]);
}

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Casablanca",
];

fn occurs() -> impl Strategy<Value = Occurs> {
    let time = (0..24_i8, select(vec![0, 5, 15, 30, 45, 59_i8]))
        .prop_map(|(h, m)| TimeOfDay(civil::time(h, m, 0, 0)));
    let times = prop::collection::vec(time, 1..6);
    let days = prop::collection::vec(
        select(vec![Day::Monday, Day::Tuesday, Day::Wednesday, Day::Friday, Day::Saturday, Day::Sunday]),
        1..4,
    );
    let fields = (
        select(vec!["0", "30", "*/15", "5,10,40", "7-9", "10-50/20", "*/7"]),
        select(vec!["2", "*", "*/6", "1-5", "0,12,23"]),
        select(vec!["*", "?", "1", "15", "31", "L", "LW", "15W", "1W,L", "1,15", "*/10", "10-20"]),
        select(vec!["*", "1", "3,10", "jan-jun", "*/5"]),
        select(vec!["*", "?", "1-5", "sun", "7", "0", "fri#2", "5L", "1,3", "mon#1,wed", "sun#5"]),
    );
    let cron = fields.prop_map(|(minute, hour, day, month, weekday)| {
        cron(&format!("{minute} {hour} {day} {month} {weekday}"))
    });
    prop_oneof![
        2 => times.clone().prop_map(|at| Occurs::Daily { at }),
        2 => (days, times).prop_map(|(days, at)| Occurs::Weekly { days, at }),
        1 => (1..169_u32).prop_map(|every_hours| Occurs::Hourly { every_hours }),
        5 => cron,
        1 => Just(Occurs::Once),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schedule_wakes_when_its_timetable_says(
        occurs in occurs(),
        zone in select(ZONES.to_vec()),
        since in 1_790_000_000..1_900_000_000_i64,
        start in prop::option::of(0..60_i64),
        passed in 0..40_000_000_i64,
        days in 1..120_i64,
    ) {
        let since = Timestamp::from_second(since).unwrap();
        let local = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::get(zone).unwrap()).datetime();
        let start = match &occurs {
            Occurs::Once => Some(start.unwrap_or(3)),
            _ => start,
        };
        let start = start.map(|days| local(since + SignedDuration::from_hours(24 * days)));
        let start = start.map(|start| LocalTime(start.with().second(0).subsec_nanosecond(0).build().unwrap()));
        let settings = ScheduleSettings { occurs, time_zone: zone.into(), start, end: None, enabled: true };
        let timetable = Timetable::of(&settings, since).unwrap();
        let now = since + SignedDuration::from_secs(passed);
        let until = now + SignedDuration::from_hours(24 * days);

        let said = expressions(&settings, &timetable, now).unwrap();
        let starts: Vec<_> = timetable.starts_after(now).take_while(|start| start.at <= until).collect();
        let instants: BTreeSet<Timestamp> = starts.iter().map(|start| start.at).collect();
        let all: BTreeSet<Timestamp> = said.iter().flat_map(|one| fires(one, now, until)).collect();
        let missed: Vec<_> = instants.difference(&all).collect();
        prop_assert!(missed.is_empty(), "{settings:?} as {said:?} does not wake at {missed:?}");

        // The one that makes up for skipped times comes at others too.
        let exact = said.iter().filter(|one| one.zone == zone || !one.text.starts_with("cron"));
        let exact: BTreeSet<Timestamp> = exact.flat_map(|one| fires(one, now, until)).collect();
        let (from, last) = timetable.window();
        let more: Vec<_> = exact.difference(&instants).filter(|at| **at >= from && **at <= last).collect();
        prop_assert!(more.is_empty(), "{settings:?} as {said:?} wakes for nothing at {more:?}");
        let plain = starts.iter().filter(|start| start.shift != Shift::Gap);
        let late: Vec<_> = plain.filter(|start| !exact.contains(&start.at)).collect();
        prop_assert!(late.is_empty(), "{settings:?} as {said:?} needs the other expression at {late:?}");
    }
}
