//! Writes JSON text straight into one buffer; rows of a million findings never become a tree.

use std::fmt::Write;

/// JSON text under construction.
#[derive(Debug, Default)]
pub(crate) struct Json {
    /// What was written so far.
    pub(crate) text: String,
}

impl Json {
    pub(crate) fn null(&mut self) {
        self.text.push_str("null");
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.text.push_str(if value { "true" } else { "false" });
    }

    pub(crate) fn integer(&mut self, value: u64) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{value}");
    }

    /// A number with at most `places` decimals; whole numbers carry none, as the vendor writes them.
    pub(crate) fn decimal(&mut self, value: f64, places: u32) {
        let scale = f64::from(10_u32.pow(places));
        let _ = write!(self.text, "{}", (value * scale).round() / scale);
    }

    pub(crate) fn string(&mut self, value: &str) {
        self.text.push('"');
        let mut start = 0;
        for (place, byte) in value.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.text.push_str(value.get(start..place).unwrap_or_default());
            start = place + 1;
            match byte {
                b'"' => self.text.push_str("\\\""),
                b'\\' => self.text.push_str("\\\\"),
                b'\n' => self.text.push_str("\\n"),
                b'\r' => self.text.push_str("\\r"),
                b'\t' => self.text.push_str("\\t"),
                other => {
                    let _ = write!(self.text, "\\u{other:04x}");
                }
            }
        }
        self.text.push_str(value.get(start..).unwrap_or_default());
        self.text.push('"');
    }

    pub(crate) fn optional(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.null(),
        }
    }

    /// A list of `length` entries; `entry` writes the one with the given number.
    pub(crate) fn list(&mut self, length: usize, mut entry: impl FnMut(&mut Self, usize)) {
        self.text.push('[');
        for number in 0..length {
            if number > 0 {
                self.text.push(',');
            }
            entry(self, number);
        }
        self.text.push(']');
    }

    pub(crate) fn strings(&mut self, values: &[&str]) {
        self.list(values.len(), |json, number| json.optional(values.get(number).copied()));
    }

    /// A point in time, `seconds` since 1970; with `micros` as `…42.757340+00:00`, else as `…42Z`. The vendor uses both.
    pub(crate) fn timestamp(&mut self, seconds: i64, micros: Option<u32>) {
        self.text.push('"');
        self.date_digits(seconds);
        let second = seconds.rem_euclid(86_400);
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        let _ = match micros {
            Some(micros) => write!(self.text, "T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}+00:00\""),
            None => write!(self.text, "T{hours:02}:{minutes:02}:{seconds:02}Z\""),
        };
    }

    /// A point in time without microseconds.
    pub(crate) fn timestamp_plain(&mut self, seconds: i64) {
        self.timestamp(seconds, None);
    }

    /// A date without a time.
    pub(crate) fn date(&mut self, seconds: i64) {
        self.text.push('"');
        self.date_digits(seconds);
        self.text.push('"');
    }

    fn date_digits(&mut self, seconds: i64) {
        // Days to civil date, by eras of 400 years that begin on 1 March.
        let day = seconds.div_euclid(86_400) + 719_468;
        let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let date = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let _ = write!(self.text, "{year:04}-{month:02}-{date:02}");
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn text_is_escaped_and_dates_are_civil() {
        let mut json = Json::default();
        json.list(4, |json, number| match number {
            0 => json.string("a \"b\"\\\r\n\u{1} µ“"),
            1 => json.timestamp(1_709_210_096, Some(42)),
            2 => json.date(951_782_400),
            _ => json.decimal(7.0, 2),
        });
        let read: serde_json::Value = serde_json::from_str(&json.text).unwrap();
        assert_eq!(read[0], "a \"b\"\\\r\n\u{1} µ“");
        assert_eq!(read[1], "2024-02-29T12:34:56.000042+00:00");
        assert_eq!(read[2], "2000-02-29");
        assert_eq!(read[3], 7);
    }
}
