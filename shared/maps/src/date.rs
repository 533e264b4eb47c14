//! Dates in the many forms vendors write them, as one instant.

use jiff::{Timestamp, civil, tz::TimeZone};

/// Numbers from here on are milliseconds since 1970, smaller ones seconds (the year 5138 in seconds).
const FIRST_MILLISECONDS: f64 = 1e11;

/// Reads ISO 8601 with offset or `Z` and any number of fractional digits, the same without offset (UTC), a date
/// alone (midnight UTC), and seconds or milliseconds since 1970.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return from_epoch(number);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if text.contains(['Z', 'z', '+']) {
        return None;
    }
    let local = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(|date| date.to_datetime(civil::Time::midnight())))
        .ok()?;
    local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn from_epoch(number: f64) -> Option<Timestamp> {
    let milliseconds = if number.abs() < FIRST_MILLISECONDS { number * 1000.0 } else { number };
    // Outside of what a timestamp can hold the cast saturates and the constructor refuses.
    if milliseconds.is_finite() { Timestamp::from_millisecond(milliseconds as i64).ok() } else { None }
}

/// RFC 3339 in UTC with whole seconds: `2025-03-28T02:19:42Z`.
pub fn format_date(instant: Timestamp) -> String {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_becomes_one() {
        for text in [
            "2025-03-28T02:19:42.757340+00:00",
            "2025-03-28T02:19:42Z",
            " 2025-03-28T04:19:42+02:00",
            "2025-03-28T02:19:42.1",
            "2025-03-28 02:19:42",
            "1743128382",
            "1743128382000",
            "1743128382.5",
        ] {
            let read = parse_date(text).map(format_date);
            assert_eq!(read.as_deref(), Some("2025-03-28T02:19:42Z"), "{text}");
        }
        assert_eq!(parse_date("2025-09-01").map(format_date).as_deref(), Some("2025-09-01T00:00:00Z"));
        for text in ["", "yesterday", "2025-13-01", "NaN", "inf", "1e300", "2025-03-28T02:19:42+99:00"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
