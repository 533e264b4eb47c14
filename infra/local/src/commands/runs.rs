//! `runs`.

use crate::output::{Problem, Screen, Tone};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::plan::Verdict;
use causeway_domain::{ConnectionName, Outcome};
use causeway_views::numbers::{between, count, duration, time};
use causeway_views::{RunSummary, run_list};

pub(crate) async fn list(place: &Place, screen: &Screen, wanted: Option<&str>) -> Result<Ending, Problem> {
    let names = match wanted {
        Some(name) => {
            let name = ConnectionName::parse(name)?;
            causeway_runs::load(&place.engine, &name).await?;
            vec![name]
        }
        None => {
            let connections = causeway_runs::list(&place.engine).await?;
            connections.into_iter().map(|connection| connection.registered.definition.name).collect()
        }
    };
    let runs = run_list(&place.engine, &names).await?;
    screen.show(&runs, || table(place, screen, &runs))?;
    Ok(Ending::Done)
}

fn table(place: &Place, screen: &Screen, runs: &[RunSummary]) -> String {
    if runs.is_empty() {
        return format!("No runs. Start one with `{} run CONNECTION`.", place.causeway());
    }
    let header = [
        "run",
        "connection",
        "started",
        "took",
        "outcome",
        "findings new",
        "changed",
        "fixed",
        "assets sent",
        "findings sent",
    ];
    let mut grid = screen.grid(&header);
    for run in runs {
        grid.toned_row(cells(run));
    }
    grid.right(5..10).to_string()
}

fn cells(summary: &RunSummary) -> Vec<(String, Tone)> {
    let RunSummary { run, connection, started_at, ended_at, outcome, replay_of, findings, delivered, .. } =
        summary;
    let plain = |text: String| (text, Tone::Plain);
    let started = started_at.map(time).unwrap_or_default();
    let mut cells = vec![plain(run.to_string()), plain(connection.to_string()), plain(started)];
    let Some(outcome) = outcome else {
        cells.push(plain(String::new()));
        cells.push(("in progress".to_owned(), Tone::Warn));
        cells.extend((0..5).map(|_| plain(String::new())));
        return cells;
    };
    let tone = match outcome {
        Outcome::Complete => Tone::Good,
        Outcome::Partial | Outcome::Held => Tone::Warn,
        Outcome::Failed => Tone::Bad,
    };
    let took = started_at.zip(*ended_at).map(|(from, to)| duration(between(from, to)));
    cells.push(plain(took.unwrap_or_default()));
    let replay = if replay_of.is_some() { " (replay)" } else { "" };
    cells.push((format!("{outcome}{replay}"), tone));
    let of = |verdict| findings.as_ref().map_or(0, |findings| findings.of(verdict));
    let fixed = of(Verdict::Fixed) + of(Verdict::FixedByVendor);
    let sent = delivered.unwrap_or_default();
    let numbers = [of(Verdict::New), of(Verdict::Changed), fixed, sent.assets, sent.findings];
    cells.extend(numbers.map(|number| plain(count(number))));
    cells
}
