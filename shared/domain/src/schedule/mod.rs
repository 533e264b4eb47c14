//! When a connection is due. Pure: whoever asks says from when on.
//!
//! Daily, weekly, cron and once name times of a local clock. A start falls on the first instant at which that clock
//! shows the wanted time or a later one. So a time that a clock change skips is made up for just after the gap, a time
//! that comes twice counts the first time only, and no start is out of order. Every so many hours is elapsed time.

mod cron;
mod cron_fields;
mod local_clock;
mod wanted;

pub use cron::CronExpression;
pub use cron_fields::{CronDays, CronFields};
pub use local_clock::Shift;

use crate::definition::{Occurs, ScheduleSettings};
use crate::{Failure, FailureKind};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Span, Timestamp, Unit, ZonedRound};
use wanted::Wanted;

/// Longest that a schedule may last, in years ("The sync will run … for up to five years").
pub const MAX_YEARS: i32 = 5;

/// The starts of one schedule.
#[derive(Debug, Clone)]
pub struct Timetable {
    zone: TimeZone,
    from: Timestamp,
    until: Timestamp,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Local(Wanted),
    Elapsed(SignedDuration),
}

/// One start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The instant.
    pub at: Timestamp,
    /// What the local clock was to show.
    pub wanted: DateTime,
    /// Whether a clock change had a say.
    pub shift: Shift,
}

impl Timetable {
    /// The timetable of a schedule that was applied at `since`.
    ///
    /// # Errors
    /// `DefinitionInvalid` for a zone or cron expression that this program does not know (any more), and for times
    /// beyond the year 9999.
    pub fn of(settings: &ScheduleSettings, since: Timestamp) -> Result<Self, Failure> {
        let zone = zone(&settings.time_zone).map_err(|problem| invalid("schedule.time_zone", problem))?;
        let (from, rule) = match (&settings.occurs, settings.start) {
            (Occurs::Hourly { every_hours }, start) => {
                let from = match start {
                    Some(start) => local_clock::first_showing(&zone, start.0).map(|(at, _)| at),
                    None => next_full_hour(&zone, since),
                };
                (from, Rule::Elapsed(SignedDuration::from_hours(i64::from((*every_hours).max(1)))))
            }
            (occurs, start) => {
                let from = match start {
                    Some(start) => local_clock::first_showing(&zone, start.0).map(|(at, _)| at),
                    None => Some(since),
                };
                let wanted = Wanted::of(occurs, start.map(|start| start.0));
                (from, Rule::Local(wanted.map_err(|problem| invalid("schedule.cron", problem))?))
            }
        };
        let from =
            from.ok_or_else(|| invalid("schedule.start", "is too late for this program".to_owned()))?;
        let last = five_years_after(&zone, from);
        let end = settings.end.and_then(|end| local_clock::first_showing(&zone, end.0));
        let until = end.map_or(last, |(end, _)| end.min(last));
        Ok(Self { zone, from, until, rule })
    }

    /// The zone in which it is meant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first and the last instant at which a run may start.
    pub fn window(&self) -> (Timestamp, Timestamp) {
        (self.from, self.until)
    }

    /// All starts after `after`, each later than the one before.
    pub fn starts_after(&self, after: Timestamp) -> impl Iterator<Item = Start> + '_ {
        let mut after = after;
        std::iter::from_fn(move || {
            let start = self.next_after(after)?;
            after = start.at;
            Some(start)
        })
    }

    /// The first start after `after`.
    pub fn next_after(&self, after: Timestamp) -> Option<Start> {
        // The window's first instant is a possible start itself.
        let before_window = self.from.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        let after = after.max(before_window);
        let start = match &self.rule {
            Rule::Elapsed(period) => self.elapsed_after(*period, after),
            Rule::Local(wanted) => self.local_after(wanted, after),
        };
        start.filter(|start| start.at <= self.until)
    }

    /// The latest start after `after` and not after `now`: the one that stands for all that were missed.
    pub fn latest(&self, after: Timestamp, now: Timestamp) -> Option<Start> {
        // Looking back ever further finds it without walking through years of missed starts.
        let mut back = SignedDuration::from_hours(1);
        loop {
            let since = now.checked_sub(back).unwrap_or(Timestamp::MIN).max(after);
            let found = self.starts_after(since).take_while(|start| start.at <= now).last();
            if found.is_some() || since == after {
                return found;
            }
            back = back.saturating_mul(8);
        }
    }

    fn elapsed_after(&self, period: SignedDuration, after: Timestamp) -> Option<Start> {
        let passed = after.duration_since(self.from).as_nanos();
        let periods = if passed < 0 { 0 } else { passed / period.as_nanos() + 1 };
        let at = self.from.checked_add(period.checked_mul(i32::try_from(periods).ok()?)?).ok()?;
        Some(Start { at, wanted: self.zone.to_datetime(at), shift: Shift::None })
    }

    fn local_after(&self, wanted: &Wanted, after: Timestamp) -> Option<Start> {
        let mut shown = self.zone.to_datetime(after);
        loop {
            shown = wanted.after(shown)?;
            let (at, shift) = local_clock::first_showing(&self.zone, shown)?;
            if at > self.until {
                return None;
            }
            // Where the clock was set back it shows again what has been.
            if at > after {
                return Some(Start { at, wanted: shown, shift });
            }
        }
    }
}

/// The zone called `name`.
///
/// # Errors
/// What is wrong with the name.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    match TimeZone::get(name) {
        Ok(zone) if zone.iana_name() == Some(name) && !zone.is_unknown() => Ok(zone),
        _ => Err(format!("{name:?} is not a time zone")),
    }
}

/// The last instant of a schedule that begins at `from`: the same local date and time, five years on.
pub fn five_years_after(zone: &TimeZone, from: Timestamp) -> Timestamp {
    let after = from.to_zoned(zone.clone()).checked_add(Span::new().years(MAX_YEARS));
    after.map_or(Timestamp::MAX, |after| after.timestamp())
}

fn next_full_hour(zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let up = ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Ceil);
    at.to_zoned(zone.clone()).round(up).ok().map(|rounded| rounded.timestamp())
}

fn invalid(field: &str, problem: String) -> Failure {
    Failure::new(FailureKind::DefinitionInvalid, field, problem)
}
