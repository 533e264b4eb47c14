//! `[schedule]` from the file to the list of starts.

use crate::applying::FILES;
use crate::process::{Place, Result};

fn apply(place: &Place, schedule: &str) -> Result<crate::process::Ended> {
    place.write("plant.toml", &format!("{FILES}\n[schedule]\n{schedule}\n"))?;
    place.call(&["connection", "apply", "plant.toml"])
}

#[test]
fn mistakes_are_told_with_line_and_field() -> Result<()> {
    let place = Place::new()?;
    let mut told = String::new();
    for schedule in [
        "occurs = \"cron\"\ncron = \"61 2 * * *\"\ntime_zone = \"Europe/Berln\"",
        "occurs = \"weekly\"\nat = [\"2:30 pm\"]",
        "occurs = \"daily\"\nat = [\"02:30\"]\nstart = \"2026-12-01T00:00\"\nend = \"2032-12-01T00:00\"",
        "occurs = \"daily\"\nat = [\"02:30\"]\nstart = \"2026-12-01T00:00\"\nend = \"2026-11-01T00:00\"",
    ] {
        let refused = apply(&place, schedule)?;
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        told.push_str(&format!("{schedule}\n---\n{}\n", refused.stderr));
    }
    insta::assert_snapshot!("schedule_mistakes", told);
    // Without a start the schedule begins now, and the file alone does not show that its end is too late.
    let refused = apply(&place, "occurs = \"daily\"\nat = [\"02:30\"]\nend = \"9000-01-01T00:00\"")?;
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains(
            "plant.toml:13:7: schedule.end: \"9000-01-01T00:00\" is more than 5 years after the start"
        ),
        "{refused:?}"
    );
    assert_eq!(place.call(&["connection", "list", "--json"])?.json()?, serde_json::json!([]));
    Ok(())
}

/// Dates that lie ahead for long.
#[test]
fn the_next_starts_are_shown_with_what_clock_changes_do() -> Result<()> {
    let place = Place::new()?;
    let applied = apply(
        &place,
        "occurs = \"daily\"\nat = [\"02:30\"]\ntime_zone = \"Europe/Berlin\"\nstart = \"2099-03-28T00:00\"",
    )?;
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(
        applied.stderr.contains("causeway serve    (next start 2099-03-28 02:30 Europe/Berlin)"),
        "{applied:?}"
    );
    let spring = place.call(&["schedule", "show", "plant-north", "--count", "3"])?;
    let json = place.call(&["schedule", "show", "--json", "--count", "2"])?;
    apply(
        &place,
        "occurs = \"hourly\"\nevery_hours = 12\ntime_zone = \"Australia/Lord_Howe\"\n\
         start = \"2099-10-03T18:00\"\nend = \"2099-10-05T00:00\"",
    )?;
    let hours = place.call(&["schedule", "show"])?;
    apply(&place, "occurs = \"once\"\nstart = \"2020-01-01T00:00\"")?;
    let over = place.call(&["schedule", "show"])?;
    apply(&place, "occurs = \"cron\"\ncron = \"0 4 * * sun\"\nenabled = false")?;
    let off = place.call(&["schedule", "show"])?;
    let all = [spring, json, hours, over, off].map(|shown| {
        assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{shown:?}");
        shown.stdout
    });
    insta::assert_snapshot!("schedule_show", all.join("\n"));
    Ok(())
}

#[test]
fn state_and_next_start_are_listed() -> Result<()> {
    let place = Place::new()?;
    apply(&place, "occurs = \"daily\"\nat = [\"02:30\"]\nstart = \"2099-01-01T00:00\"")?;
    let listed = place.call(&["connection", "list", "--json"])?.json()?;
    assert_eq!(
        (&listed[0]["state"], &listed[0]["next_start"]),
        (&"Scheduled".into(), &"2099-01-01T02:30:00Z".into())
    );
    let shown = place.call(&["connection", "show", "plant-north"])?;
    assert!(shown.stdout.contains("Next start:  2099-01-01 02:30 UTC\n"), "{shown:?}");
    assert!(shown.stdout.contains("[schedule]\noccurs = \"daily\"\nat = [\"02:30\"]\n"), "{shown:?}");
    Ok(())
}
