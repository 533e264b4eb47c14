//! What the fields of `[schedule]` ask of one another.

use super::mistakes::Collector;
use super::{LocalTime, ScheduleSettings};
use crate::schedule::{MAX_YEARS, five_years_after, zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What each kind needs besides `occurs`, and how that is asked for.
pub(super) const NEEDS: [(&str, &[(&str, &str)]); 5] = [
    ("daily", &[("at", "times like at = [\"02:30\"]")]),
    (
        "weekly",
        &[("days", "days like days = [\"monday\", \"thursday\"]"), ("at", "times like at = [\"02:30\"]")],
    ),
    ("hourly", &[("every_hours", "a number of hours like every_hours = 6")]),
    ("cron", &[("cron", "an expression like cron = \"30 2 * * mon-fri\"")]),
    ("once", &[("start", "the time of the run, like start = \"2026-12-01T02:30\"")]),
];

/// Fields that belong to some kinds only.
pub(super) const PARTICULAR: [&str; 4] = ["at", "days", "every_hours", "cron"];

/// Judges the table of a schedule whose fields were judged one by one.
pub(super) fn judge(mistakes: &mut Collector<'_>, place: &str, span: &Range<usize>, table: &DeTable<'_>) {
    let Some((occurs, needs)) = text(table, "occurs").and_then(|o| NEEDS.iter().find(|(name, _)| *name == o))
    else {
        return;
    };
    for (name, like) in needs.iter().filter(|(name, _)| !table.contains_key(*name)) {
        let help = format!("allowed: with occurs = \"{occurs}\" {like}");
        mistakes.add(span, &format!("{place}.{name}"), "is missing", help);
    }
    for (key, _) in table {
        let name: &str = key.get_ref();
        let particular = PARTICULAR.contains(&name) || (name == "end" && *occurs == "once");
        if particular && !needs.iter().any(|(needed, _)| *needed == name) {
            let problem = format!("has no meaning with occurs = \"{occurs}\"");
            let others: Vec<String> = NEEDS
                .iter()
                .filter(|(_, needs)| needs.iter().any(|(needed, _)| *needed == name))
                .map(|(other, _)| format!("occurs = \"{other}\""))
                .collect();
            let help = match others.is_empty() {
                true => "leave it out".to_owned(),
                false => format!("leave it out, or write {}", others.join(" or ")),
            };
            mistakes.add(&key.span(), &format!("{place}.{name}"), problem, help);
        }
    }
    window(mistakes, place, table);
}

fn window(mistakes: &mut Collector<'_>, place: &str, table: &DeTable<'_>) {
    let time = |name| text(table, name).and_then(|text| text.parse::<LocalTime>().ok());
    let (Some(start), Some(end), Some(value)) = (time("start"), time("end"), table.get("end")) else {
        return;
    };
    let zone = text(table, "time_zone").and_then(|name| zone(name).ok()).unwrap_or(TimeZone::UTC);
    if let Some((problem, help)) = wrong_end(&zone, start, end) {
        mistakes.add(&value.span(), &format!("{place}.end"), problem, help);
    }
}

impl ScheduleSettings {
    /// What is wrong with the end of a schedule that names no start and is applied at `now`, and what is allowed. With a
    /// start the file alone shows it.
    pub fn wrong_end(&self, now: Timestamp) -> Option<(String, String)> {
        let zone = zone(&self.time_zone).ok()?;
        let applied =
            LocalTime(now.to_zoned(zone.clone()).datetime().with().subsec_nanosecond(0).build().ok()?);
        // One that has passed starts nothing more, and is no reason to refuse the rest of the file.
        let (None, Some(end)) = (self.start, self.end.filter(|end| *end > applied)) else { return None };
        wrong_end(&zone, applied, end)
    }
}

/// What is wrong with the end of a schedule that begins at `start`, and what is allowed.
fn wrong_end(zone: &TimeZone, start: LocalTime, end: LocalTime) -> Option<(String, String)> {
    let from = start.0.to_zoned(zone.clone()).ok()?;
    let last = LocalTime(five_years_after(zone, from.timestamp()).to_zoned(zone.clone()).datetime());
    let allowed = format!("allowed: after {start}, at the latest {last}, {MAX_YEARS} years later");
    if end <= start {
        Some((format!("{:?} is not after the start", end.to_string()), allowed))
    } else if end > last {
        Some((format!("{:?} is more than {MAX_YEARS} years after the start", end.to_string()), allowed))
    } else {
        None
    }
}

fn text<'a>(table: &'a DeTable<'_>, name: &str) -> Option<&'a str> {
    match table.get(name)?.get_ref() {
        DeValue::String(text) => Some(text.as_ref()),
        _ => None,
    }
}
