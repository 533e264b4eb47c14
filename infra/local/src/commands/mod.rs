//! The commands, one module each.

pub(crate) mod apply;
pub(crate) mod connection;
pub(crate) mod describe;
pub(crate) mod doctor;
mod documents;
pub(crate) mod export;
pub(crate) mod findings;
pub(crate) mod logs;
pub(crate) mod map;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod secret;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod test;
mod text_file;
mod verdicts;
