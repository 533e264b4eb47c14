//! What the fields of a cron expression say, for those who must say it in another dialect.

use croner::CronPattern;
use std::collections::BTreeSet;

/// An expression as sets of numbers, each sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronFields {
    /// 0 to 59.
    pub minutes: Vec<u16>,
    /// 0 to 23.
    pub hours: Vec<u16>,
    /// 1 to 12.
    pub months: Vec<u16>,
    /// Any one of these is enough for a day.
    pub days: Vec<CronDays>,
}

/// Days, as one field says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CronDays {
    /// Every day.
    All,
    /// These days of the month, 1 to 31.
    OfMonth(Vec<u16>),
    /// The last day of the month.
    LastOfMonth,
    /// The last day of the month from Monday to Friday.
    LastWorkday,
    /// The day from Monday to Friday that is closest to this day of the month, in the same month.
    WorkdayNear(u16),
    /// These days of the week, 0 (Sunday) to 6.
    OfWeek(Vec<u16>),
    /// The day of the week that comes for the first to fifth time in the month: day, 1 to 5.
    NthOfWeek(u16, u16),
    /// The last such day of the week in the month.
    LastOfWeek(u16),
}

// How croner marks a number or a field; it does not export their names.
const FIRST: u8 = 1 << 1;
const LAST: u8 = 1 << 6;
const WORKDAY: u8 = 1 << 7;

impl CronFields {
    pub(super) fn of(pattern: &CronPattern) -> Option<Self> {
        let (any_day, any_weekday) = (pattern.is_dom_wildcard(), pattern.is_dow_wildcard());
        let mut days = Vec::new();
        if any_day && any_weekday {
            days.push(CronDays::All);
        } else if pattern.matches_dom_and_dow() && !any_day && !any_weekday {
            return None;
        }
        if !any_day {
            of_month(pattern, &mut days);
        }
        if !any_weekday {
            of_week(pattern, &mut days);
        }
        let (minutes, hours) = (pattern.minutes.values(), pattern.hours.values());
        Some(Self { minutes, hours, months: pattern.months.values(), days })
    }
}

fn of_month(pattern: &CronPattern, days: &mut Vec<CronDays>) {
    let field = &pattern.days;
    let numbers = field.values();
    if !numbers.is_empty() {
        days.push(CronDays::OfMonth(numbers));
    }
    match (field.is_feature_enabled(LAST), field.is_feature_enabled(WORKDAY)) {
        (true, true) => days.push(CronDays::LastWorkday),
        (true, false) => days.push(CronDays::LastOfMonth),
        _ => {}
    }
    days.extend(field.get_set_values(WORKDAY).into_iter().map(CronDays::WorkdayNear));
}

fn of_week(pattern: &CronPattern, days: &mut Vec<CronDays>) {
    let field = &pattern.days_of_week;
    // Sunday is 0 and 7.
    let marked = |bit| field.get_set_values(bit).into_iter().map(|day| day % 7).collect::<BTreeSet<_>>();
    let numbers: Vec<u16> =
        field.values().into_iter().map(|day| day % 7).collect::<BTreeSet<_>>().into_iter().collect();
    if !numbers.is_empty() {
        days.push(CronDays::OfWeek(numbers));
    }
    for nth in 1..=5 {
        let bit = FIRST << (nth - 1);
        days.extend(marked(bit).into_iter().map(|day| CronDays::NthOfWeek(day, nth)));
    }
    days.extend(marked(LAST).into_iter().map(CronDays::LastOfWeek));
}
