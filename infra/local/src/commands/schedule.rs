//! `schedule show`.

use crate::arguments::{ScheduleArgs, ScheduleCommand};
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::ConnectionName;
use causeway_domain::definition::Occurs;
use causeway_views::{UpcomingStarts, upcoming_starts};
use jiff::Timestamp;

pub(crate) async fn answer(
    command: ScheduleCommand,
    place: &Place,
    screen: &Screen,
) -> Result<Ending, Problem> {
    let ScheduleCommand::Show(ScheduleArgs { connection, count }) = command;
    let engine = &place.engine;
    let connections = match connection {
        Some(name) => vec![causeway_runs::load(engine, &ConnectionName::parse(&name)?).await?],
        None => causeway_runs::list(engine).await?,
    };
    let mut all = Vec::new();
    for connection in connections {
        all.push(upcoming_starts(engine, &connection, usize::from(count)).await?);
    }
    screen.show(&all, || {
        if all.is_empty() {
            return format!("No connections. Create one with `{} connection apply FILE`.", place.causeway());
        }
        all.iter().map(|upcoming| text(screen, upcoming)).collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(Ending::Done)
}

fn text(screen: &Screen, upcoming: &UpcomingStarts) -> String {
    let UpcomingStarts { connection: name, schedule, from, until, starts, zone } = upcoming;
    let (Some(from), Some(until), Some(schedule)) = (from, until, schedule) else {
        return match schedule {
            Some(_) => format!("{name}: its schedule is switched off (enabled = false)"),
            None => format!("{name}: no schedule; runs only with `causeway run {name}`"),
        };
    };
    let day = |at: &Timestamp| at.to_zoned(zone.clone()).strftime("%F %R").to_string();
    let head = match schedule.occurs {
        Occurs::Once => format!("{name}: once, at {}", day(from)),
        _ => format!("{name}: {}, from {} until {}", schedule.occurs, day(from), day(until)),
    };
    if starts.is_empty() {
        return format!("{head}\nNo further start.");
    }
    let utc = schedule.time_zone == "UTC";
    let mut header = vec!["start", schedule.time_zone.as_str()];
    if !utc {
        header.push("UTC");
    }
    header.push("note");
    let mut grid = screen.grid(&header);
    for (number, start) in starts.iter().enumerate() {
        let local = start.utc.to_zoned(zone.clone());
        let mut row = vec![(number + 1).to_string(), local.strftime("%a %F %R %:z").to_string()];
        if !utc {
            row.push(start.utc.strftime("%F %R").to_string());
        }
        row.push(start.note.clone());
        grid.row(row);
    }
    format!("{head}\n{}", grid.right([0]))
}
