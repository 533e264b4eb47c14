//! The progress of a run: bars on a terminal, else a line now and then.

use super::Screen;
use causeway_runs::{Phase, Progress};
use causeway_views::words;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

/// Between two lines without a terminal.
const LINE_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// Shows one run.
pub(crate) struct Watch {
    screen: Screen,
    bars: MultiProgress,
    rows: Vec<(String, ProgressBar)>,
    last: Option<(Phase, Timestamp)>,
}

impl Watch {
    pub(crate) fn new(screen: Screen) -> Self {
        let bars = MultiProgress::with_draw_target(target(&screen));
        Self { screen, bars, rows: Vec::new(), last: None }
    }

    /// Shows `progress` as it is at `now`.
    pub(crate) fn look(&mut self, progress: &Progress, now: Timestamp) {
        if self.screen.has_bars() {
            for (label, done, all) in parts(progress) {
                self.bar(label, done, all);
            }
            return;
        }
        let due = match self.last {
            None => true,
            Some((phase, at)) => phase != progress.phase || now.duration_since(at) >= LINE_EVERY,
        };
        if due && progress.phase != Phase::Ended {
            self.last = Some((progress.phase, now));
            self.screen.note(&line(progress));
        }
    }

    /// Takes the bars away.
    pub(crate) fn close(self) {
        for (_, bar) in &self.rows {
            bar.finish_and_clear();
        }
        let _ = self.bars.clear();
    }

    fn bar(&mut self, label: String, done: u64, all: u64) {
        let known = self.rows.iter().position(|(present, _)| *present == label);
        let bar = match known.and_then(|at| self.rows.get(at)) {
            Some((_, bar)) => bar.clone(),
            None => {
                let bar = self.bars.add(ProgressBar::new(all));
                if let Ok(style) =
                    ProgressStyle::with_template("{prefix:>30} {bar:32} {human_pos}/{human_len}")
                {
                    bar.set_style(style);
                }
                bar.set_prefix(label.clone());
                self.rows.push((label, bar.clone()));
                bar
            }
        };
        bar.set_length(all);
        bar.set_position(done);
    }
}

fn parts(progress: &Progress) -> Vec<(String, u64, u64)> {
    let mut parts: Vec<_> = progress
        .streams
        .iter()
        .map(|(stream, done, all)| (format!("pages of {stream} read"), *done, *all))
        .collect();
    parts.push(("direct queries answered".to_owned(), progress.confirm.0, progress.confirm.1));
    parts.push(("batches delivered".to_owned(), progress.deliveries.0, progress.deliveries.1));
    parts.retain(|(_, _, all)| *all > 0);
    parts
}

fn line(progress: &Progress) -> String {
    let counts: Vec<String> =
        parts(progress).iter().map(|(label, done, all)| format!("{label} {done}/{all}")).collect();
    if counts.is_empty() {
        words::phase(progress.phase).to_owned()
    } else {
        format!("{}: {}", words::phase(progress.phase), counts.join(", "))
    }
}

/// How much of a ledger or a home has been looked at; a bar on a terminal, else nothing.
pub(crate) struct Scanning(ProgressBar);

impl Scanning {
    /// Of so many `things`: records, objects.
    pub(crate) fn new(screen: &Screen, all: u64, things: &'static str) -> Self {
        let bar = ProgressBar::new(all);
        bar.set_draw_target(target(screen));
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(things);
        Self(bar)
    }

    /// So many have been looked at.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// So many have been looked at, of so many in all.
    pub(crate) fn of(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.at(done);
    }

    /// Takes the bar away.
    pub(crate) fn close(self) {
        self.0.finish_and_clear();
    }
}

fn target(screen: &Screen) -> ProgressDrawTarget {
    if screen.has_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
