//! `run show RUN --verdicts`: single verdicts of a run.

use crate::arguments::VerdictsArgs;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::plan::Rule;
use causeway_domain::{ConnectionName, RunId};
use causeway_views::words;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Rows of the table; JSON has all.
const SHOWN: usize = 100;

pub(crate) async fn show(
    place: &Place,
    screen: &Screen,
    (name, run): (ConnectionName, RunId),
    arguments: &VerdictsArgs,
) -> Result<Ending, Problem> {
    let mut verdicts = causeway_runs::verdicts(&place.engine, &name, &run).await?;
    verdicts.retain(|record| arguments.status.is_none_or(|status| record.verdict == status));
    screen.show(&verdicts, || {
        if verdicts.is_empty() {
            return format!("No such verdicts in run {run}: it has no plan, or everything was unchanged.");
        }
        let mut grid = screen.grid(&["asset", "finding", "verdict", "why", "missed runs"]);
        for record in verdicts.iter().take(SHOWN) {
            let (asset, finding) = (record.key.asset.clone(), record.key.finding.clone());
            let missing = if record.missing > 0 { record.missing.to_string() } else { String::new() };
            grid.row([asset, finding, record.verdict.to_string(), words::name(record.rule), missing]);
        }
        let mut text = grid.right([4]).to_string();
        if verdicts.len() > SHOWN {
            let _ = write!(text, "\nThe first {SHOWN} of {}; `--json` has all.", verdicts.len());
        }
        let rules: BTreeSet<Rule> = verdicts.iter().take(SHOWN).map(|record| record.rule).collect();
        for rule in rules {
            let _ = write!(text, "\n  {}: {}", words::name(rule), words::reason(rule));
        }
        text
    })?;
    Ok(Ending::Done)
}
