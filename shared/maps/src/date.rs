//! Dates in the many forms vendors write them, as one instant.

use jiff::{Timestamp, civil, tz::Offset, tz::TimeZone};
use std::ops::{Range, RangeInclusive};

/// Numbers of at least this are milliseconds since 1970, smaller ones seconds (as seconds it is the year 5138).
const FIRST_MILLISECONDS: f64 = 1e11;

/// Years of plausible dates, and the same in seconds since 1970, end exclusive. Dates outside come from a clock that
/// was never set (1970, 1980), a placeholder (0001, 9999) or a year read as a number.
const YEARS: RangeInclusive<i16> = 1981..=2099;
const PLAUSIBLE: Range<i64> = 347_155_200..4_102_444_800;

/// Reads ISO 8601 with offset or `Z` and any number of fractional digits, the same without offset (UTC), a date
/// alone (midnight UTC), and seconds or milliseconds since 1970. `None` outside of the years 1981 to 2099.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    Reading::of(text).map(|reading| reading.instant)
}

/// A text that was read as a date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) instant: Timestamp,
    /// Whether the text begins with the instant in output format.
    usual: bool,
}

impl Reading {
    #[inline]
    pub(crate) fn of(text: &str) -> Option<Self> {
        if let Some(instant) = usual(text) {
            return Some(Self { instant, usual: true });
        }
        let instant = parse_any(text.trim()).filter(|instant| PLAUSIBLE.contains(&instant.as_second()))?;
        Some(Self { instant, usual: false })
    }

    /// Appends [`format_date`] of the instant read in `text`.
    #[inline]
    pub(crate) fn push(self, out: &mut String, text: &str) {
        match text.get(..SECONDS).filter(|_| self.usual) {
            Some(seconds) => {
                out.push_str(seconds);
                out.push('Z');
            }
            None => out.push_str(&format_date(self.instant)),
        }
    }
}

fn parse_any(text: &str) -> Option<Timestamp> {
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

/// Length of `2025-03-28T02:19:42`.
const SECONDS: usize = 19;

/// The instant of a text like `2025-03-28T02:19:42.757340+00:00`, as nearly all are, within [`YEARS`]: it is in UTC, so
/// the part before the fraction already has the output format. Others go to the parser, which takes ten times as long.
fn usual(text: &str) -> Option<Timestamp> {
    let (seconds, rest) = text.as_bytes().split_first_chunk::<SECONDS>()?;
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2] = seconds
    else {
        return None;
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i8::try_from(byte - b'0').ok()).flatten();
    let two = |tens: &u8, ones: &u8| Some(digit(tens)? * 10 + digit(ones)?);
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let nanoseconds = fraction(rest.strip_suffix(b"+00:00").or_else(|| rest.strip_suffix(b"Z"))?)?;
    if !YEARS.contains(&year) {
        return None;
    }
    let date = civil::Date::new(year, two(o1, o2)?, two(d1, d2)?).ok()?;
    let time = civil::Time::new(two(h1, h2)?, two(m1, m2)?, two(s1, s2)?, nanoseconds).ok()?;
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

/// Nanoseconds of `.757340`, or of nothing.
fn fraction(text: &[u8]) -> Option<i32> {
    let Some((point, digits)) = text.split_first() else { return Some(0) };
    if *point != b'.' || !(1..=9).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let padded = digits.iter().copied().chain([b'0'; 9]).take(9);
    Some(padded.fold(0, |number, digit| number * 10 + i32::from(digit - b'0')))
}

/// RFC 3339 in UTC with whole seconds: `2025-03-28T02:19:42Z`.
pub fn format_date(instant: Timestamp) -> String {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_a_date_becomes_one() {
        for text in ["2025-03-28T02:19:42.757340+00:00", "2025-03-28T02:19:42Z", "2025-03-28T02:19:42.9Z"] {
            assert!(usual(text).is_some(), "{text}");
        }
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
        for text in ["1981-01-01T00:00:00Z", "347155200", "2099-12-31T23:59:59.999Z", "4102444799999"] {
            assert!(parse_date(text).is_some(), "{text}");
        }
        for text in ["", "yesterday", "2025-13-01", "NaN", "inf", "1e300", "2025-03-28T02:19:42+99:00"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn implausible_dates_are_none() {
        for text in [
            "0000-00-00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:00",
            "1601-01-01T00:00:00Z",
            "1899-12-30",
            "1970-01-01T00:00:00Z",
            "1980-01-01T00:00:00Z",
            "1981-01-01T00:00:00+14:00",
            "2100-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31",
            "0",
            "-1",
            "1",
            "2025",
            "20250328",
            "4102444800",
            "253402300799",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_usual_form_is_read_as_all_others_are(
            text in "(19[678]|20[0-9]|210|99[89]|000)[0-9]-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,11})?(Z|\\+00:00|z|\\+02:00|)",
        ) {
            let slow = parse_any(&text).filter(|instant| PLAUSIBLE.contains(&instant.as_second()));
            prop_assert!(usual(&text).is_none() || usual(&text) == slow, "{text}");
            prop_assert_eq!(parse_date(&text), slow);
            let mut out = String::new();
            if let Some(reading) = Reading::of(&text) {
                reading.push(&mut out, &text);
            }
            prop_assert_eq!(out, slow.map(format_date).unwrap_or_default());
        }
    }
}
