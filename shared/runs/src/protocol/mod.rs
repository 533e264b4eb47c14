//! The steps of a run, each safe to repeat: start, fetch, finalize, deliver, commit.

pub(crate) mod attempt;
pub(crate) mod catch_up;
pub(crate) mod chain;
pub(crate) mod commit;
pub(crate) mod deliver;
pub(crate) mod fetch;
pub(crate) mod finalize;
pub(crate) mod give_up;
pub(crate) mod overdue;
pub(crate) mod replayed;
pub(crate) mod retention;
pub(crate) mod schedule;
pub(crate) mod schema;
pub(crate) mod settle;
pub(crate) mod stage;
pub(crate) mod start;
pub(crate) mod token;
pub(crate) mod unreadable_values;
