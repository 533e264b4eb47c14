//! Progress of a run, as shares of its work.

use causeway_runs::Progress;
use serde::Serialize;

/// Work of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The unit, such as `batches delivered`.
    pub label: String,
    /// How many are done.
    pub done: u64,
    /// The total; never zero.
    pub all: u64,
}

/// The progress of each known kind of work, in the order of execution. Kinds without work are left
/// out.
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
