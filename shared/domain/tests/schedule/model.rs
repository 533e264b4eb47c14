//! A model that walks through a window minute by minute: a run starts when the local clock first shows a wanted time
//! or a later one. It knows no offsets and no transitions.

use crate::settings;
use causeway_domain::schedule::Timetable;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;

const ZONES: [&str; 18] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "America/Santiago",
    "America/Asuncion",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "America/St_Johns",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/Havana",
    "Europe/Dublin",
    "UTC",
];

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The model's own idea of a schedule. Days count from 0, Monday.
#[derive(Debug, Clone)]
enum Plan {
    Days { days: BTreeSet<i8>, at: BTreeSet<(i8, i8)> },
    Cron { minutes: BTreeSet<i8>, hours: BTreeSet<i8>, days: BTreeSet<i8> },
    Hourly(u32),
}

impl Plan {
    /// As it is written in a connection file.
    fn table(&self) -> String {
        match self {
            Self::Days { days, at } => {
                let at: Vec<String> =
                    at.iter().map(|(hour, minute)| format!("{hour:02}:{minute:02}")).collect();
                let names: Vec<&str> = days.iter().map(|day| DAYS[*day as usize]).collect();
                if days.len() == 7 {
                    format!("occurs = \"daily\"\nat = {at:?}\n")
                } else {
                    format!("occurs = \"weekly\"\ndays = {names:?}\nat = {at:?}\n")
                }
            }
            Self::Cron { minutes, hours, days } => {
                let list = |numbers: &BTreeSet<i8>| {
                    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
                };
                let days: BTreeSet<i8> = days.iter().map(|day| (day + 1) % 7).collect();
                format!(
                    "occurs = \"cron\"\ncron = \"{} {} * * {}\"\n",
                    list(minutes),
                    list(hours),
                    list(&days)
                )
            }
            Self::Hourly(hours) => format!("occurs = \"hourly\"\nevery_hours = {hours}\n"),
        }
    }

    fn wants(&self, shown: DateTime) -> bool {
        let (day, hour, minute) = (shown.weekday().to_monday_zero_offset(), shown.hour(), shown.minute());
        match self {
            Self::Days { days, at } => days.contains(&day) && at.contains(&(hour, minute)),
            Self::Cron { minutes, hours, days } => {
                days.contains(&day) && hours.contains(&hour) && minutes.contains(&minute)
            }
            Self::Hourly(_) => false,
        }
    }

    /// The starts from `from` to `until`, both included.
    fn walk(&self, zone: &TimeZone, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let mut starts = Vec::new();
        let mut at = from;
        // What the clock has shown before does not count again. A day is more than any clock was ever set back.
        let mut shown = (0..24 * 60)
            .filter_map(|minute| from.checked_sub(SignedDuration::from_mins(minute + 1)).ok())
            .map(|before| zone.to_datetime(before))
            .max()
            .unwrap();
        while at <= until {
            match self {
                Self::Hourly(hours) if at.duration_since(from).as_mins() % (i64::from(*hours) * 60) == 0 => {
                    starts.push(at);
                }
                _ => {
                    let mut due = false;
                    while shown < zone.to_datetime(at) {
                        shown += 1.minute();
                        due |= self.wants(shown);
                    }
                    starts.extend(due.then_some(at));
                }
            }
            at += SignedDuration::from_mins(1);
        }
        starts
    }
}

fn some_of(most: i8, count: usize) -> impl Strategy<Value = BTreeSet<i8>> {
    prop::collection::btree_set(0..most, 1..=count)
}

fn plan() -> impl Strategy<Value = Plan> {
    let at = prop::collection::btree_set((prop_oneof![0..4_i8, 0..24_i8], 0..60_i8), 1..5);
    let days = prop_oneof![Just((0..7).collect()), some_of(7, 6)];
    prop_oneof![
        4 => (days, at).prop_map(|(days, at)| Plan::Days { days, at }),
        3 => (some_of(60, 6), some_of(24, 12), some_of(7, 7))
            .prop_map(|(minutes, hours, days)| Plan::Cron { minutes, hours, days }),
        1 => (1_u32..30).prop_map(Plan::Hourly),
    ]
}

/// A zone and a minute, most often shortly before its clock is changed.
fn place() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    let years = 946_684_800_i64..2_524_608_000; // 2000 to 2049
    (prop::sample::select(&ZONES[..]), years, 0..3 * 24 * 60_i64, any::<bool>()).prop_map(
        |(name, second, before, near)| {
            let zone = TimeZone::get(name).unwrap();
            let any = Timestamp::from_second(second / 60 * 60).unwrap();
            let change = zone.following(any).next().map(|change| change.timestamp()).filter(|_| near);
            // Zone files know a change at the last second of 32-bit time, which changes nothing.
            let change = change.and_then(|change| Timestamp::from_second(change.as_second() / 60 * 60).ok());
            let from = change.map_or(any, |change| change - SignedDuration::from_mins(before));
            (zone, from)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn starts_are_those_of_the_clock(plan in plan(), (zone, from) in place(), hours in 1_i64..120, asked in 0_i64..120 * 60) {
        // A start that the clock shows twice, or never, is another instant: the window begins where the clock says.
        prop_assume!(!zone.to_ambiguous_timestamp(zone.to_datetime(from)).is_ambiguous());
        let until = from + SignedDuration::from_hours(hours);
        let end = zone.to_datetime(until);
        prop_assume!(!zone.to_ambiguous_timestamp(end).is_ambiguous() && end > zone.to_datetime(from));
        let mut table = plan.table();
        let name = zone.iana_name().unwrap();
        let start = zone.to_datetime(from).strftime("%FT%R");
        write!(table, "time_zone = \"{name}\"\nstart = \"{start}\"\nend = \"{}\"\n", end.strftime("%FT%R")).unwrap();
        let timetable = Timetable::of(&settings(&table), Timestamp::MIN).unwrap();
        prop_assert_eq!(timetable.window(), (from, until));

        let starts: Vec<Timestamp> = timetable.starts_after(Timestamp::MIN).map(|start| start.at).collect();
        prop_assert!(starts.is_sorted_by(|earlier, later| earlier < later), "strictly rising");
        prop_assert!(starts.iter().all(|at| (from..=until).contains(at)), "within the window");
        prop_assert_eq!(&starts, &plan.walk(&zone, from, until), "{}", table);

        // From any moment on, the next and the latest are those of the list.
        let asked = from + SignedDuration::from_mins(asked) + SignedDuration::from_secs(17);
        let next = timetable.next_after(asked).map(|start| start.at);
        prop_assert_eq!(next, starts.iter().copied().find(|at| *at > asked));
        let latest = timetable.latest(from, asked).map(|start| start.at);
        prop_assert_eq!(latest, starts.iter().copied().rfind(|at| *at > from && *at <= asked));
    }
}
