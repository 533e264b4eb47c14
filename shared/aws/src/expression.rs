//! A schedule as expressions of EventBridge Scheduler.
//!
//! Facts: `docs.aws.amazon.com/scheduler`, *schedule types*. Six fields, the sixth is the year; day of the week 1 is Sunday;
//! one of the two days is `?`. A time that a clock change skips is lost, so [`expressions`] adds one for those.
//! A needless wake-up starts nothing, so expressions may overlap, and their windows are a minute wider.

use causeway_domain::definition::{Day, Occurs, ScheduleSettings, TimeOfDay};
use causeway_domain::schedule::{CronDays, CronExpression, CronFields, Shift, Timetable};
use causeway_domain::{Failure, FailureKind};
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Precision of schedules.
const PRECISION: SignedDuration = SignedDuration::from_mins(1);

/// One schedule of EventBridge Scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// `cron(…)`, `rate(…)` or `at(…)`.
    pub text: String,
    /// IANA name of its time zone.
    pub zone: String,
    /// Start of its window, which is the first time of a rate. `None`: at once.
    pub from: Option<Timestamp>,
    /// End of its window; `None` for a single time.
    pub until: Option<Timestamp>,
}

/// The schedules that fire at every start of `timetable` after `now`; none if no start is left.
///
/// # Errors
/// `DefinitionInvalid`, with the field in its subject, if it cannot be expressed exactly.
pub fn expressions(
    settings: &ScheduleSettings,
    timetable: &Timetable,
    now: Timestamp,
) -> Result<Vec<Expression>, Failure> {
    let Some(next) = timetable.next_after(now) else { return Ok(Vec::new()) };
    let until = timetable.window().1;
    let said = match &settings.occurs {
        // In UTC, where days with a clock change are not special.
        Occurs::Hourly { every_hours } => {
            let text = format!("rate({every_hours} {})", if *every_hours == 1 { "hour" } else { "hours" });
            return Ok(vec![Expression { text, zone: utc(), from: Some(next.at), until: Some(until) }]);
        }
        Occurs::Once => {
            let at = next.at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
            return Ok(vec![Expression { text: format!("at({at})"), zone: utc(), from: None, until: None }]);
        }
        Occurs::Daily { at } => times(at).into_iter().map(|time| format!("{time} * * ? *")).collect(),
        Occurs::Weekly { days, at } => {
            let days = days_of_week(days);
            times(at).into_iter().map(|time| format!("{time} ? * {days} *")).collect()
        }
        Occurs::Cron { cron } => crons(cron)?,
    };
    let window = window(timetable, now);
    let said = said.into_iter().map(|fields| (fields, settings.time_zone.clone()));
    let all = said.chain(skipped(timetable, now).map(|fields| (fields, utc())));
    Ok(all
        .map(|(fields, zone)| Expression { text: format!("cron({fields})"), zone, ..window.clone() })
        .collect())
}

/// The window of a timetable, a minute wider, within AWS's limits: no start in the past, no end after five years.
fn window(timetable: &Timetable, now: Timestamp) -> Expression {
    let (from, until) = timetable.window();
    let last = causeway_domain::schedule::five_years_after(timetable.zone(), from);
    let from = from.checked_sub(PRECISION).ok().filter(|from| *from > now);
    let until = until.checked_add(PRECISION).map_or(last, |until| until.min(last));
    Expression { text: String::new(), zone: utc(), from, until: Some(until) }
}

/// Minutes and hours: the fewest pairs of lists for exactly these times.
fn times(at: &[TimeOfDay]) -> Vec<String> {
    let mut hours_by_minute: BTreeMap<u16, BTreeSet<u16>> = BTreeMap::new();
    for time in at {
        hours_by_minute.entry(number(time.0.minute())).or_default().insert(number(time.0.hour()));
    }
    let mut minutes_by_hours: BTreeMap<BTreeSet<u16>, Vec<u16>> = BTreeMap::new();
    for (minute, hours) in hours_by_minute {
        minutes_by_hours.entry(hours).or_default().push(minute);
    }
    let pair = |(hours, minutes): (BTreeSet<u16>, Vec<u16>)| {
        let hours: Vec<u16> = hours.into_iter().collect();
        format!("{} {}", list(&minutes, 0, 59), list(&hours, 0, 23))
    };
    minutes_by_hours.into_iter().map(pair).collect()
}

fn days_of_week(days: &[Day]) -> String {
    let numbers: BTreeSet<u16> =
        days.iter().map(|day| number(Weekday::from(*day).to_sunday_one_offset())).collect();
    list(&numbers.into_iter().collect::<Vec<_>>(), 1, 7)
}

/// One expression for each kind of day, because a day that matches any of them counts.
fn crons(cron: &str) -> Result<Vec<String>, Failure> {
    let invalid = |problem: String| Failure::new(FailureKind::DefinitionInvalid, "schedule.cron", problem);
    let parsed: CronExpression = cron.parse().map_err(invalid)?;
    let fields = parsed.fields().ok_or_else(|| {
        invalid(format!(
            "{cron:?} asks that a day match both of its fields; EventBridge Scheduler cannot say that"
        ))
    })?;
    let CronFields { minutes, hours, months, days } = fields;
    let (time, months) = (format!("{} {}", list(&minutes, 0, 59), list(&hours, 0, 23)), list(&months, 1, 12));
    let said = |days: &CronDays| match days {
        CronDays::All => format!("{time} * {months} ? *"),
        CronDays::OfMonth(days) => format!("{time} {} {months} ? *", list(days, 1, 31)),
        CronDays::LastOfMonth => format!("{time} L {months} ? *"),
        CronDays::LastWorkday => format!("{time} LW {months} ? *"),
        CronDays::WorkdayNear(day) => format!("{time} {day}W {months} ? *"),
        CronDays::OfWeek(days) => {
            let days: Vec<u16> = days.iter().map(|day| day + 1).collect();
            format!("{time} ? {months} {} *", list(&days, 1, 7))
        }
        CronDays::NthOfWeek(day, nth) => format!("{time} ? {months} {}#{nth} *", day + 1),
        CronDays::LastOfWeek(day) => format!("{time} ? {months} {}L *", day + 1),
    };
    Ok(days.iter().map(said).collect())
}

/// The starts for times that a clock change skips, all in one expression in UTC. It also fires at other
/// times, where nothing is due.
fn skipped(timetable: &Timetable, now: Timestamp) -> Option<String> {
    let (from, until) = timetable.window();
    let changes = timetable.zone().following(from.max(now)).map(|change| change.timestamp());
    let made_up = changes.take_while(|change| *change <= until).filter(|change| {
        let before = change.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(*change);
        timetable.next_after(before).is_some_and(|start| start.at == *change && start.shift == Shift::Gap)
    });
    let at: Vec<DateTime> = made_up.map(|change| TimeZone::UTC.to_datetime(change)).collect();
    let part = |of: fn(DateTime) -> i16| -> Vec<u16> {
        let numbers: BTreeSet<u16> = at.iter().filter_map(|at| u16::try_from(of(*at)).ok()).collect();
        numbers.into_iter().collect()
    };
    (!at.is_empty()).then(|| {
        let (minutes, hours) = (part(|at| at.minute().into()), part(|at| at.hour().into()));
        let (days, months) = (part(|at| at.day().into()), part(|at| at.month().into()));
        let [minutes, hours] = [list(&minutes, 0, 59), list(&hours, 0, 23)];
        let [days, months] = [list(&days, 1, 31), list(&months, 1, 12)];
        format!("{minutes} {hours} {days} {months} ? {}", list(&part(DateTime::year), 1970, 2199))
    })
}

/// Sorted numbers as one field: `*`, `first/step`, or numbers and ranges. Whatever they are, the longest expression has 238
/// characters; EventBridge Scheduler takes 256.
fn list(numbers: &[u16], min: u16, max: u16) -> String {
    if numbers.len() == usize::from(max - min) + 1 {
        return "*".to_owned();
    }
    if let [first, second, .., last] = numbers
        && numbers.is_sorted_by(|a, b| b - a == second - first)
        && second - first > 1
        && last + (second - first) > max
    {
        return format!("{first}/{}", second - first);
    }
    let run = |run: &[u16]| match run {
        [first, _, .., last] => format!("{first}-{last}"),
        _ => run.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    };
    numbers.chunk_by(|a, b| a + 1 == *b).map(run).collect::<Vec<_>>().join(",")
}

fn number(small: i8) -> u16 {
    u16::try_from(small).unwrap_or(0)
}

fn utc() -> String {
    "UTC".to_owned()
}
