//! Cron expressions of five fields, as crontab has them.

use super::CronFields;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Unit;
use jiff::civil::{DateTime, DateTimeRound};
use jiff::{RoundMode, civil};
use std::str::FromStr;

const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];

/// A date from which every expression that ever matches has its next match within the years that croner looks at.
const ANY: DateTime = civil::datetime(2000, 1, 1, 0, 0, 0, 0);

/// Minute, hour, day of month, month, day of week; of the two days either one is enough, if both are given.
#[derive(Debug, Clone)]
pub struct CronExpression(Cron);

impl FromStr for CronExpression {
    type Err = String;

    /// What is wrong with an expression, in words that follow the field's name.
    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() != FIELDS.len() {
            return Err(format!("{text:?} has {} fields, not 5", fields.len()));
        }
        for (number, (name, field)) in FIELDS.iter().zip(&fields).enumerate() {
            // The field alone, so that the message can say which one it is.
            let alone: Vec<&str> =
                (0..FIELDS.len()).map(|place| if place == number { *field } else { "*" }).collect();
            parse(&alone.join(" ")).map_err(|error| format!("{field:?} is no {name}{}", told(&error)))?;
        }
        let cron = parse(text).map_err(|error| format!("{text:?} is no cron expression{}", told(&error)))?;
        match cron.find_next_occurrence(&ANY, true) {
            Ok(_) => Ok(Self(cron)),
            Err(_) => Err(format!("{text:?} never comes")),
        }
    }
}

fn parse(text: &str) -> Result<Cron, CronError> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(text)
}

impl CronExpression {
    /// What the fields say; `None` when a day must match both of its fields, which only a `+` before the last asks for.
    pub fn fields(&self) -> Option<CronFields> {
        CronFields::of(&self.0.pattern)
    }

    /// The first match after `shown`, on a clock that nobody changes.
    pub fn after(&self, shown: DateTime) -> Option<DateTime> {
        let down = DateTimeRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
        self.0.find_next_occurrence(&shown.round(down).ok()?, false).ok()
    }
}

/// croner's own reason, where it says more than that the text is wrong, fitted into our sentence.
fn told(error: &CronError) -> String {
    let CronError::ComponentError(told) = error else { return String::new() };
    let (first, rest) = told.split_at(told.chars().next().map_or(0, char::len_utf8));
    format!(": {}{}", first.to_lowercase(), rest.trim_end_matches('.'))
}
