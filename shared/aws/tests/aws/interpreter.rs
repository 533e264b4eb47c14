//! When EventBridge Scheduler comes, after its documentation: an own reading of its expressions, which shares nothing with the
//! translation under test.

use causeway_aws::Expression;
use jiff::civil::{Date, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};
use std::collections::BTreeSet;

/// The instants after `after` and not after `until` at which it comes.
pub(crate) fn fires(expression: &Expression, after: Timestamp, until: Timestamp) -> BTreeSet<Timestamp> {
    let zone = TimeZone::get(&expression.zone).unwrap();
    let (kind, inside) = expression.text.strip_suffix(')').unwrap().split_once('(').unwrap();
    let all: Vec<Timestamp> = match kind {
        "at" => vec![inside.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone).unwrap().timestamp()],
        "rate" => {
            let (hours, unit) = inside.split_once(' ').unwrap();
            assert!(matches!((hours, unit), ("1", "hour") | (_, "hours")), "{inside}");
            let step = SignedDuration::from_hours(hours.parse().unwrap());
            std::iter::successors(expression.from, |at| at.checked_add(step).ok())
                .take_while(|at| *at <= until)
                .collect()
        }
        "cron" => cron(inside, &zone, after, until),
        other => panic!("{other} is no kind of schedule"),
    };
    let begins = expression.from.unwrap_or(Timestamp::MIN);
    let ends = expression.until.unwrap_or(Timestamp::MAX);
    all.into_iter().filter(|at| *at > after && *at <= until && *at >= begins && *at <= ends).collect()
}

fn cron(fields: &str, zone: &TimeZone, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let fields: Vec<&str> = fields.split(' ').collect();
    let [minute, hour, day, month, weekday, year] = fields[..] else { panic!("{fields:?} are not six") };
    assert!((day == "?") != (weekday == "?"), "exactly one day is ?: {fields:?}");
    let (first, last) = (zone.to_datetime(after).date(), zone.to_datetime(until).date());
    let mut found = Vec::new();
    for date in first.series(Span::new().days(1)).take_while(|date| *date <= last) {
        let fits = has(year, date.year()) && has(month, date.month().into());
        let today = if day == "?" { is_weekday(weekday, date) } else { is_day(day, date) };
        if !(fits && today) {
            continue;
        }
        for hour in (0..24).filter(|number| has(hour, (*number).into())) {
            for minute in (0..60).filter(|number| has(minute, (*number).into())) {
                let shown = date.at(hour, minute, 0, 0);
                // A time that does not exist is left out, and one that comes twice comes once.
                let offset = match zone.to_ambiguous_timestamp(shown).offset() {
                    AmbiguousOffset::Unambiguous { offset } => offset,
                    AmbiguousOffset::Fold { before, .. } => before,
                    AmbiguousOffset::Gap { .. } => continue,
                };
                found.push(offset.to_timestamp(shown).unwrap());
            }
        }
    }
    found
}

/// Whether a field of numbers, ranges and steps names `number`.
fn has(field: &str, number: i16) -> bool {
    field.split(',').any(|part| {
        if part == "*" {
            return true;
        }
        let read =
            |text: &str| text.parse::<i16>().unwrap_or_else(|_| panic!("{text:?} of {field:?} is no number"));
        match (part.split_once('/'), part.split_once('-')) {
            (Some((first, step)), _) => number >= read(first) && (number - read(first)) % read(step) == 0,
            (_, Some((first, last))) => (read(first)..=read(last)).contains(&number),
            _ => read(part) == number,
        }
    })
}

fn is_day(field: &str, date: Date) -> bool {
    let last = date.last_of_month();
    match field {
        "L" => date == last,
        "LW" => date == nearest_workday(last),
        _ => match field.strip_suffix('W') {
            Some(day) => {
                let day: i8 = day.parse().unwrap();
                day <= last.day() && date == nearest_workday(date.with().day(day).build().unwrap())
            }
            None => has(field, date.day().into()),
        },
    }
}

/// The closest day from Monday to Friday in the same month.
fn nearest_workday(date: Date) -> Date {
    let near = [0, -1, 1, -2, 2].map(|days| date + Span::new().days(days));
    let works = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    near.into_iter().find(|other| works(other) && other.month() == date.month()).unwrap()
}

fn is_weekday(field: &str, date: Date) -> bool {
    // 1 is Sunday.
    let number = i16::from(date.weekday().to_sunday_one_offset());
    if let Some((day, nth)) = field.split_once('#') {
        return number == day.parse::<i16>().unwrap()
            && (date.day() - 1) / 7 + 1 == nth.parse::<i8>().unwrap();
    }
    match field.strip_suffix('L') {
        Some(day) => number == day.parse::<i16>().unwrap() && date.day() + 7 > date.days_in_month(),
        None => has(field, number),
    }
}

#[test]
fn the_examples_of_the_documentation_come_when_it_says() {
    let come = |text: &str, zone: &str| -> Vec<String> {
        let expression = Expression { text: text.into(), zone: zone.into(), from: None, until: None };
        let (after, until) =
            ("2022-11-01T00:00:00Z".parse().unwrap(), "2022-12-31T00:00:00Z".parse().unwrap());
        let zone = TimeZone::get(zone).unwrap();
        fires(&expression, after, until).iter().take(3).map(|at| zone.to_datetime(*at).to_string()).collect()
    };
    // 10:15 on the last Friday of each month of 2022 and 2023.
    assert_eq!(
        come("cron(15 10 ? * 6L 2022-2023)", "America/New_York"),
        ["2022-11-25T10:15:00", "2022-12-30T10:15:00"]
    );
    assert_eq!(come("cron(0 8 1 * ? *)", "UTC"), ["2022-11-01T08:00:00", "2022-12-01T08:00:00"]);
    assert_eq!(come("at(2022-11-20T13:00:00)", "UTC"), ["2022-11-20T13:00:00"]);
}
