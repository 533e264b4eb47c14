//! `runs`.

use crate::output::numbers::{between, count, duration, time};
use crate::output::{Problem, Screen, Tone};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::plan::Verdict;
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, Manifest, Outcome, RunId};
use causeway_views::RunSummary;
use std::cmp::Reverse;

/// One line of the list.
struct Line {
    run: RunId,
    connection: ConnectionName,
    manifest: Option<Manifest>,
    outcome: Option<RunOutcome>,
}

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
    let mut lines = Vec::new();
    for connection in names {
        for (run, manifest, outcome) in causeway_runs::runs(&place.engine, &connection).await? {
            lines.push(Line { run, connection: connection.clone(), manifest, outcome });
        }
    }
    // Ids tell apart seconds only; a run that has only just been claimed has no time yet.
    lines.sort_by_key(|line| Reverse(line.started_at().unwrap_or(jiff::Timestamp::MAX)));
    let data: Vec<_> = lines.iter().map(Line::data).collect();
    screen.show(&data, || table(place, screen, &lines))?;
    Ok(Ending::Done)
}

fn table(place: &Place, screen: &Screen, lines: &[Line]) -> String {
    if lines.is_empty() {
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
    for line in lines {
        grid.toned_row(line.cells());
    }
    grid.right(5..10).to_string()
}

impl Line {
    fn data(&self) -> RunSummary {
        let (connection, run) = (self.connection.clone(), self.run.clone());
        RunSummary::of(connection, run, self.manifest.as_ref(), self.outcome.clone())
    }

    fn replay_of(&self) -> Option<&RunId> {
        self.manifest.as_ref()?.replay.as_ref().map(|replay| &replay.run)
    }

    fn started_at(&self) -> Option<jiff::Timestamp> {
        let planned = self.manifest.as_ref().map(|manifest| manifest.started_at);
        self.outcome.as_ref().map(|outcome| outcome.started_at).or(planned)
    }

    fn cells(&self) -> Vec<(String, Tone)> {
        let plain = |text: String| (text, Tone::Plain);
        let mut cells = vec![
            plain(self.run.to_string()),
            plain(self.connection.to_string()),
            plain(self.started_at().map(time).unwrap_or_default()),
        ];
        let Some(outcome) = &self.outcome else {
            cells.push(plain(String::new()));
            cells.push(("in progress".to_owned(), Tone::Warn));
            cells.extend((0..5).map(|_| plain(String::new())));
            return cells;
        };
        let tone = match outcome.outcome {
            Outcome::Complete => Tone::Good,
            Outcome::Partial | Outcome::Held => Tone::Warn,
            Outcome::Failed => Tone::Bad,
        };
        let findings = &outcome.findings;
        let fixed = findings.of(Verdict::Fixed) + findings.of(Verdict::FixedByVendor);
        cells.push(plain(duration(between(outcome.started_at, outcome.ended_at))));
        let replay = if self.replay_of().is_some() { " (replay)" } else { "" };
        cells.push((format!("{}{replay}", outcome.outcome), tone));
        let sent = outcome.delivered;
        let numbers =
            [findings.of(Verdict::New), findings.of(Verdict::Changed), fixed, sent.assets, sent.findings];
        cells.extend(numbers.map(|number| plain(count(number))));
        cells
    }
}
