//! `[schedule]`: when a connection runs by itself. `crate::schedule` computes the starts.

use jiff::civil;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `[schedule]`: *Occurs*, with the *start date and time* and the end of the product's five-year window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSettings {
    /// *Occurs*.
    #[serde(flatten)]
    pub occurs: Occurs,
    /// IANA name of the zone in which all times of this table are meant.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// First time at which a run may start; without it, when this schedule was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<LocalTime>,
    /// Last time at which a run may start; without it, five years after the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<LocalTime>,
    /// Off: the schedule is kept and starts nothing.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}
fn enabled() -> bool {
    true
}

/// *Occurs*: how often, and what that needs to be said besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "occurs", rename_all = "kebab-case")]
pub enum Occurs {
    /// Every day at these times.
    Daily {
        /// Times of day.
        at: Vec<TimeOfDay>,
    },
    /// On these days of the week at these times.
    Weekly {
        /// Days of the week.
        days: Vec<Day>,
        /// Times of day.
        at: Vec<TimeOfDay>,
    },
    /// Every so many hours of elapsed time, counted from the start.
    Hourly {
        /// 1 to 168.
        every_hours: u32,
    },
    /// As a cron expression says.
    Cron {
        /// Five fields: minute, hour, day of month, month, day of week.
        cron: String,
    },
    /// Once, at `start`.
    Once,
}

impl fmt::Display for Occurs {
    /// `weekly on Monday, Thursday at 02:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn listed<T: fmt::Display>(items: &[T]) -> String {
            items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        match self {
            Self::Daily { at } => write!(f, "daily at {}", listed(at)),
            Self::Weekly { days, at } => {
                let days: Vec<String> = days.iter().map(|day| format!("{day:?}")).collect();
                write!(f, "weekly on {} at {}", days.join(", "), listed(at))
            }
            Self::Hourly { every_hours: 1 } => f.write_str("every hour"),
            Self::Hourly { every_hours } => write!(f, "every {every_hours} hours"),
            Self::Cron { cron } => write!(f, "cron {cron}"),
            Self::Once => f.write_str("once"),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Day> for civil::Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Monday => Self::Monday,
            Day::Tuesday => Self::Tuesday,
            Day::Wednesday => Self::Wednesday,
            Day::Thursday => Self::Thursday,
            Day::Friday => Self::Friday,
            Day::Saturday => Self::Saturday,
            Day::Sunday => Self::Sunday,
        }
    }
}

/// A time of day, written `02:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeOfDay(pub civil::Time);

/// A date and time of the schedule's zone, written `2026-12-01T02:30`, with seconds if need be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LocalTime(pub civil::DateTime);

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        civil::Time::strptime("%H:%M", text).map(Self).map_err(|_| format!("{text:?} is not a time of day"))
    }
}

impl FromStr for LocalTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let read = formats.iter().find_map(|format| civil::DateTime::strptime(format, text).ok());
        read.map(Self).ok_or_else(|| format!("{text:?} is not a date and time"))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for LocalTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%H:%M"))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
        write!(f, "{}", self.0.strftime(format))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}
