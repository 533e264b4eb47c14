//! Clock changes of real zones.

use crate::{starts, timetable};

#[track_caller]
fn daily(zone: &str, at: &str, after: &str, expected: &[&str]) {
    let table = timetable(&format!("occurs = \"daily\"\nat = {at}\ntime_zone = \"{zone}\""), after);
    assert_eq!(starts(&table, after, expected.len()), expected, "{zone} {at}");
}

#[test]
fn a_time_that_does_not_exist_runs_just_after_the_gap() {
    daily(
        "Europe/Berlin",
        "[\"02:30\"]",
        "2026-03-28T00:00:00Z",
        &["2026-03-28 02:30 +01:00", "2026-03-29 03:00 +02:00 Gap for 02:30", "2026-03-30 02:30 +02:00"],
    );
    daily(
        "America/New_York",
        "[\"02:00\"]",
        "2026-03-08T00:00:00Z",
        &["2026-03-08 03:00 -04:00 Gap for 02:00", "2026-03-09 02:00 -04:00"],
    );
    // Half an hour, in the southern spring.
    daily(
        "Australia/Lord_Howe",
        "[\"02:15\"]",
        "2026-10-03T00:00:00Z",
        &["2026-10-04 02:30 +11:00 Gap for 02:15", "2026-10-05 02:15 +11:00"],
    );
    daily(
        "America/Santiago",
        "[\"00:00\"]",
        "2026-09-05T12:00:00Z",
        &["2026-09-06 01:00 -03:00 Gap for 00:00", "2026-09-07 00:00 -03:00"],
    );
}

#[test]
fn a_time_that_comes_twice_runs_the_first_time() {
    daily(
        "Europe/Berlin",
        "[\"02:30\"]",
        "2026-10-24T12:00:00Z",
        &["2026-10-25 02:30 +02:00 Fold for 02:30", "2026-10-26 02:30 +01:00"],
    );
    daily(
        "America/New_York",
        "[\"01:00\"]",
        "2026-11-01T00:00:00Z",
        &["2026-11-01 01:00 -04:00 Fold for 01:00", "2026-11-02 01:00 -05:00"],
    );
    daily(
        "Australia/Lord_Howe",
        "[\"01:45\"]",
        "2026-04-04T00:00:00Z",
        &["2026-04-05 01:45 +11:00 Fold for 01:45", "2026-04-06 01:45 +10:30"],
    );
    // Asked in the middle of the hour that is repeated, the first time is over.
    daily("Europe/Berlin", "[\"02:30\"]", "2026-10-25T01:10:00Z", &["2026-10-26 02:30 +01:00"]);
}

/// Several times in one gap are one start; a start that falls on the end of the gap is not there twice.
#[test]
fn a_gap_is_made_up_for_once() {
    daily(
        "Europe/Berlin",
        "[\"02:10\", \"02:40\", \"03:00\", \"03:30\"]",
        "2026-03-29T00:00:00Z",
        &["2026-03-29 03:00 +02:00 Gap for 02:10", "2026-03-29 03:30 +02:00", "2026-03-30 02:10 +02:00"],
    );
    // A whole day that Samoa never had.
    daily(
        "Pacific/Apia",
        "[\"06:00\", \"18:00\"]",
        "2011-12-29T15:00:00Z",
        &[
            "2011-12-29 06:00 -10:00",
            "2011-12-29 18:00 -10:00",
            "2011-12-31 00:00 +14:00 Gap for 06:00",
            "2011-12-31 06:00 +14:00",
        ],
    );
}

/// Zones whose rules have changed: Moscow stayed in summer in 2011 and went back in 2014; Istanbul stayed in 2016.
#[test]
fn changed_rules_are_known() {
    daily(
        "Europe/Moscow",
        "[\"02:30\"]",
        "2011-03-26T12:00:00Z",
        &["2011-03-27 03:00 +04:00 Gap for 02:30", "2011-03-28 02:30 +04:00"],
    );
    daily(
        "Europe/Moscow",
        "[\"01:30\"]",
        "2014-10-25T12:00:00Z",
        &["2014-10-26 01:30 +04:00 Fold for 01:30", "2014-10-27 01:30 +03:00"],
    );
    daily("Europe/Istanbul", "[\"03:30\"]", "2016-10-29T12:00:00Z", &["2016-10-30 03:30 +03:00"]);
    daily("Europe/Istanbul", "[\"03:30\"]", "2027-03-27T12:00:00Z", &["2027-03-28 03:30 +03:00"]);
}

#[test]
fn cron_follows_the_same_rule() {
    let table = timetable(
        "occurs = \"cron\"\ncron = \"0 * * * *\"\ntime_zone = \"Europe/Berlin\"",
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(
        starts(&table, "2026-03-29T00:00:00Z", 3),
        ["2026-03-29 03:00 +02:00 Gap for 02:00", "2026-03-29 04:00 +02:00", "2026-03-29 05:00 +02:00"]
    );
    assert_eq!(
        starts(&table, "2026-10-24T23:30:00Z", 3),
        ["2026-10-25 02:00 +02:00 Fold for 02:00", "2026-10-25 03:00 +01:00", "2026-10-25 04:00 +01:00"]
    );
}

/// Hours are elapsed time: over a change they keep their distance, and the local clock shows another time.
#[test]
fn hours_elapse() {
    let table =
        "occurs = \"hourly\"\nevery_hours = 6\ntime_zone = \"Europe/Berlin\"\nstart = \"2026-03-28T18:00\"";
    assert_eq!(
        starts(&timetable(table, "2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z", 4),
        [
            "2026-03-28 18:00 +01:00",
            "2026-03-29 00:00 +01:00",
            "2026-03-29 07:00 +02:00",
            "2026-03-29 13:00 +02:00"
        ]
    );
}
