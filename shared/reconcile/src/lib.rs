//! Ledger, staged records, coverage and policy in; verdicts, ledger lines and deliveries out. Pure and synchronous.
//!
//! Work is cut by asset: a [`Group`] holds all that the run and the ledger know of one asset, and [`judge`] decides it
//! without looking at any other. So memory is bounded by the largest asset, and neither page order, nor duplicates,
//! nor batch size can matter (I-6). What needs the whole picture, the guards (I-8), works on a [`Tally`].

mod asset;
mod copies;
mod finding;
mod group;
mod guards;
mod lines;
mod policy;
mod rows;
mod tally;
mod unchanged;

pub use copies::Copies;
pub use finding::needs_confirmation;
pub use group::{Absence, Arena, Entry, Group, Judged, Seen, judge};
pub use guards::guards;
pub use lines::{AssetLines, EntryLines};
pub use policy::{Policy, ScopeFilter};
pub use rows::{RowSeen, Rows};
pub use tally::{Tally, UnchangedCount};
pub use unchanged::{closed_before, unchanged};
