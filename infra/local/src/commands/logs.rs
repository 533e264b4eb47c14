//! `run logs RUN`.

use crate::arguments::LogsArgs;
use crate::output::{Problem, Screen, logs};

use crate::place::stack::{Line, Stack};
use crate::place::{Kind, Place};
use crate::process::{Ending, Interrupt};
use causeway_domain::{ConnectionName, RunId};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// How much older than its id a line of a run may be, because clocks differ.
const EARLIER: SignedDuration = SignedDuration::from_mins(5);

/// Pause between two queries of the logs.
const LOOK: Duration = Duration::from_secs(3);

/// Longest delay of CloudWatch that is waited for.
const LATE: SignedDuration = SignedDuration::from_secs(60);

pub(crate) async fn answer(place: &Place, screen: &Screen, arguments: LogsArgs) -> Result<Ending, Problem> {
    let Kind::Stack(stack) = &place.kind else {
        return Err(Problem::input(
            "run logs",
            "a home keeps no log",
            "`causeway --log info run CONNECTION` writes it to stderr; `causeway run show RUN` shows the result of a run.",
        ));
    };
    let (name, run) = place.find_run(&arguments.run).await?;
    let lines = stack.log_lines(&run, began(&run)).await?;
    show(screen, &lines)?;
    if arguments.follow {
        return follow(place, stack, screen, (&name, &run), &lines).await;
    }
    if lines.is_empty() {
        screen.note("No log lines of this run yet; those of old runs have expired.");
    }
    Ok(Ending::Done)
}

/// Shows new lines until the run is decided and a query finds none.
async fn follow(
    place: &Place,
    stack: &Stack,
    screen: &Screen,
    (name, run): (&ConnectionName, &RunId),
    lines: &[Line],
) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let engine = &place.engine;
    let mut shown: BTreeSet<String> = lines.iter().map(|line| line.id.clone()).collect();
    let mut newest = lines.last().map(|line| line.at);
    loop {
        let decided = causeway_runs::progress(engine, name, run).await?.outcome.is_some();
        tokio::select! {
            () = engine.clock.sleep(LOOK) => {}
            () = interrupt.asked() => return Ok(Ending::Interrupted),
        }
        let since = newest.map(|newest| newest.saturating_sub(LATE).unwrap_or(newest)).or_else(|| began(run));
        let mut fresh = stack.log_lines(run, since).await?;
        fresh.retain(|line| shown.insert(line.id.clone()));
        show(screen, &fresh)?;
        newest = newest.max(fresh.last().map(|line| line.at));
        if decided && fresh.is_empty() {
            return Ok(Ending::Done);
        }
    }
}

/// Prints each line as JSON or as text.
fn show(screen: &Screen, lines: &[Line]) -> Result<(), Problem> {
    for line in lines {
        if screen.is_json() {
            let json = serde_json::to_string(line)
                .map_err(|error| Problem::input("JSON", error.to_string(), "Leave out `--json`."))?;
            screen.print(&json);
        } else {
            screen.print(&logs::text(line.at, line.function, &line.event));
        }
    }
    Ok(())
}

/// The start time from the run's id, so that older lines need not be searched.
fn began(run: &RunId) -> Option<Timestamp> {
    let time = run.as_str().split('-').next()?;
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    time.checked_sub(EARLIER).ok()
}
