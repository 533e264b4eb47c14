//! Ledger, staged records, coverage and policy in; verdicts, ledger lines and batches out. Pure and synchronous.
//!
//! Work is divided by asset: a [`Group`] holds the records of one asset in run and ledger, and [`judge`] decides it
//! independently of the others. Memory is bounded by the largest asset, and neither page order, nor duplicates,
//! nor batch size can matter (I-6). Only the guards (I-8) need all assets; they use a [`Tally`].

mod asset;
mod copies;
mod finding;
mod group;
mod guards;
mod lines;
mod missing;
mod policy;
mod rows;
mod tally;
mod unchanged;

pub use asset::needs_question;
pub use causeway_domain::definition::ScopeFilter;
pub use copies::Copies;
pub use finding::needs_confirmation;
pub use group::{Absence, Arena, Entry, Group, Judged, Seen, judge};
pub use guards::guards;
pub use lines::{AssetLines, EntryLines};
pub use missing::{MissingPolicy, Proof};
pub use policy::{Coverage, Policy};
pub use rows::{RowSeen, Rows};
pub use tally::{Tally, UnchangedCount};
pub use unchanged::{closed_before, unchanged};
