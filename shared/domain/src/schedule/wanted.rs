//! What the local clock is to show when a run starts, whatever is done to the clock.

use super::CronExpression;
use crate::definition::{Occurs, TimeOfDay};
use jiff::civil::{DateTime, Time, Weekday};

/// Dates and times in rising order.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// On these days of the week at these times, which are sorted.
    Days(Vec<Weekday>, Vec<Time>),
    Cron(Box<CronExpression>),
    Once(DateTime),
    Never,
}

impl Wanted {
    /// `start` is the time of what occurs once. Elapsed hours want nothing of a clock.
    pub(super) fn of(occurs: &Occurs, start: Option<DateTime>) -> Result<Self, String> {
        Ok(match occurs {
            Occurs::Daily { at } => Self::Days(Weekday::Monday.cycle_forward().take(7).collect(), sorted(at)),
            Occurs::Weekly { days, at } => {
                Self::Days(days.iter().map(|day| Weekday::from(*day)).collect(), sorted(at))
            }
            Occurs::Cron { cron } => Self::Cron(Box::new(cron.parse()?)),
            Occurs::Once => start.map_or(Self::Never, Self::Once),
            Occurs::Hourly { .. } => Self::Never,
        })
    }

    /// The first after `shown`.
    pub(super) fn after(&self, shown: DateTime) -> Option<DateTime> {
        match self {
            Self::Days(days, times) => {
                // Eight days, because the time may have passed today.
                let dates = shown.date().series(jiff::Span::new().days(1)).take(8);
                dates
                    .filter(|date| days.contains(&date.weekday()))
                    .flat_map(|date| times.iter().map(move |time| date.to_datetime(*time)))
                    .find(|wanted| *wanted > shown)
            }
            Self::Cron(cron) => cron.after(shown),
            Self::Once(wanted) => Some(*wanted).filter(|wanted| *wanted > shown),
            Self::Never => None,
        }
    }
}

fn sorted(times: &[TimeOfDay]) -> Vec<Time> {
    let mut times: Vec<Time> = times.iter().map(|time| time.0).collect();
    times.sort();
    times
}
