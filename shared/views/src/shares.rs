//! How far a run is, as shares of its work.

use causeway_runs::Progress;
use serde::Serialize;

/// Work of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// What is counted, such as `batches delivered`.
    pub label: String,
    /// How many are done.
    pub done: u64,
    /// How many there are; never zero.
    pub all: u64,
}

/// The kinds of work of a run that are known so far, in the order in which they are done.
pub fn shares(progress: &Progress) -> Vec<Share> {
    let share = |label: &str, (done, all): (u64, u64)| Share { label: label.to_owned(), done, all };
    let streams = progress.streams.iter();
    let mut shares: Vec<Share> =
        streams.map(|(stream, done, all)| share(&format!("pages of {stream} read"), (*done, *all))).collect();
    shares.push(share("direct queries answered", progress.confirm));
    shares.push(share("batches delivered", progress.deliveries));
    shares.retain(|share| share.all > 0);
    shares
}
