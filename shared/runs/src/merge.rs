//! Sorted runs and a merge: staged pages of any number and order as one sorted sequence, in bounded memory.
//!
//! Pages know their key range, so a page is opened only when the merge reaches it; a vendor that pages in key order
//! keeps two or three open at a time. Where too much would be open at once, groups of pages are first merged into
//! longer sorted runs.

mod cursor;
mod line;
mod pages;
mod staged;

pub(crate) use cursor::Cursor;
pub(crate) use line::Line;
pub(crate) use pages::{MERGE_BYTES, sorted_runs};
pub(crate) use staged::{MadeOf, Staged, StagedLine};

#[cfg(test)]
pub(crate) mod tests;
