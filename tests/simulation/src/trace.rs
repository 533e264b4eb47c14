//! What happened in which order: lines for people, and a hash that two plays of one seed must share.

use crate::sim::Millis;

/// A trace; the lines are only kept when somebody will read them.
pub(crate) struct Trace {
    lines: Option<Vec<String>>,
    hasher: blake3::Hasher,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { lines: keep.then(Vec::new), hasher: blake3::Hasher::new() }
    }

    pub(crate) fn line(&mut self, now: Millis, process: u32, line: impl FnOnce() -> String) {
        let Some(lines) = &mut self.lines else { return };
        let text = format!("{:>9}.{:03} p{process:<4} {}", now / 1000, now % 1000, line());
        self.hasher.update(text.as_bytes());
        lines.push(text);
    }

    pub(crate) fn finish(self) -> (Vec<String>, String) {
        (self.lines.unwrap_or_default(), self.hasher.finalize().to_hex().to_string())
    }
}
