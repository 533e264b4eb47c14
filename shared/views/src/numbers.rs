//! Numbers, sizes and times for people.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::time::Duration;

/// `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 page`, `2 pages`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `512 B`, `1.2 MiB`.
pub fn bytes(number: u64) -> String {
    let mut size = number as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{number} B") } else { format!("{size:.1} {unit}") }
}

/// `340 ms`, `2.4 s`, `3 min 05 s`, `2 h 07 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `2026-11-01 06:00:00 UTC`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2026-11-23 02:30 Europe/Berlin`, with seconds where they matter.
pub fn in_zone(at: Timestamp, zone: &TimeZone) -> String {
    zoned(&at.to_zoned(zone.clone()))
}

/// [`in_zone`] of a time that knows its zone.
pub fn zoned(local: &Zoned) -> String {
    let format = if local.second() == 0 { "%F %R %Q" } else { "%F %T %Q" };
    local.strftime(format).to_string()
}

/// Time from `start` to `end`; zero if the clock was set back.
pub fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let counts = [0, 12, 999, 1_000, 1_234_567].map(count);
        assert_eq!(counts, ["0", "12", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1_023, 1_536, 5_368_709_120].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
        let times = [0, 340, 2_400, 185_000, 7_620_000].map(|ms| duration(Duration::from_millis(ms)));
        assert_eq!(times, ["0 ms", "340 ms", "2.4 s", "3 min 05 s", "2 h 07 min"]);
        assert_eq!(counted(1, "page", "pages"), "1 page");
    }
}
