//! The count of kills, as a bar while they happen and as a table at the end.

use super::phase::Phase;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;

/// What has happened so far.
pub(super) struct Tally {
    /// Runs that ended.
    pub(super) runs: u64,
    /// Processes that went on with a run.
    pub(super) resumed: u64,
    phases: BTreeMap<Phase, u64>,
    setting_up: u64,
    bar: ProgressBar,
}

impl Tally {
    pub(super) fn new(wanted: u64) -> Self {
        let bar = ProgressBar::new(wanted);
        if let Ok(style) =
            ProgressStyle::with_template("{elapsed_precise} {bar:32} {pos}/{len} killed, {msg}")
        {
            bar.set_style(style);
        }
        Self { runs: 0, resumed: 0, phases: BTreeMap::new(), setting_up: 0, bar }
    }

    /// Kills while a run was wanted; those of the commands that set up come on top.
    pub(super) fn kills(&self) -> u64 {
        self.phases.values().sum()
    }

    pub(super) fn killed(&mut self, phase: Phase) {
        *self.phases.entry(phase).or_default() += 1;
        self.bar.set_position(self.kills());
        self.bar.set_message(format!("run {}: {phase:?}", self.runs + 1));
    }

    pub(super) fn killed_setting_up(&mut self) {
        self.setting_up += 1;
    }

    fn at(&self, phase: Phase) -> u64 {
        self.phases.get(&phase).copied().unwrap_or_default()
    }

    /// Phases that must be hit and were not.
    pub(super) fn missed(&self) -> Vec<Phase> {
        let zero = |phase: &Phase| *phase != Phase::Leaving && !self.phases.contains_key(phase);
        Phase::ALL.into_iter().filter(zero).collect()
    }

    /// Takes the bar away; the table of everything.
    pub(super) fn close(&self) -> Table {
        let seconds = self.bar.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(["killed while", "processes"]);
        table.add_row(["setting up (apply, secret set)".to_owned(), self.setting_up.to_string()]);
        for phase in Phase::ALL {
            table.add_row([format!("{phase:?}").to_lowercase(), self.at(phase).to_string()]);
        }
        table.add_row(["all".to_owned(), (self.kills() + self.setting_up).to_string()]);
        table.add_row(["runs decided, all complete".to_owned(), (self.runs + 1).to_string()]);
        table.add_row(["processes that went on with a run".to_owned(), self.resumed.to_string()]);
        table.add_row(["seconds".to_owned(), format!("{seconds:.0}")]);
        table
    }
}
