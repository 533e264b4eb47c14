//! The line of a record, staged or kept in the ledger: its one writer and reader, its content hash, the segments that lines
//! are stored in, and the merge of many sorted pages into one sequence.

pub mod background;
pub mod segment;

mod cursor;
mod fields;
mod line;
mod merge;
mod name;
mod record;
mod staged_page;

pub use cursor::Cursor;
pub use fields::{LedgerFields, StagedFields};
pub use line::Line;
pub use merge::{MERGE_BYTES, MadeOf, SortedRun, Staged, StagedLine, sorted_runs};
pub use record::{LedgerRecord, StagedRecord};
pub use staged_page::StagedPage;

use causeway_domain::{Failure, FailureKind};

/// A stored object that is not what was written.
pub fn damaged(key: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::StoreDamaged, format!("object {key}"), detail)
}
