//! The progress of a run: bars on a terminal, otherwise occasional lines.

use super::Screen;
use causeway_runs::{Phase, Progress};
use causeway_views::{Share, shares, words};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

/// Pause between two lines without a terminal.
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
            for Share { label, done, all } in shares(progress) {
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

    /// Removes the bars.
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

fn line(progress: &Progress) -> String {
    let counts: Vec<String> = shares(progress)
        .iter()
        .map(|share| format!("{} {}/{}", share.label, share.done, share.all))
        .collect();
    if counts.is_empty() {
        words::phase(progress.phase).to_owned()
    } else {
        format!("{}: {}", words::phase(progress.phase), counts.join(", "))
    }
}

/// Progress of reading a ledger or a home: a bar on a terminal, otherwise nothing.
pub(crate) struct Scanning(ProgressBar);

impl Scanning {
    /// A bar over `all` of these `things`: records, objects.
    pub(crate) fn new(screen: &Screen, all: u64, things: &'static str) -> Self {
        let bar = ProgressBar::new(all);
        bar.set_draw_target(target(screen));
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(things);
        Self(bar)
    }

    /// Sets the number read.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Sets the number read and the total.
    pub(crate) fn of(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.at(done);
    }

    /// Removes the bar.
    pub(crate) fn close(self) {
        self.0.finish_and_clear();
    }
}

fn target(screen: &Screen) -> ProgressDrawTarget {
    if screen.has_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
