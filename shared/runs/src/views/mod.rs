//! What a person is told of runs, plans and records, as data.

pub(crate) mod account;
pub(crate) mod connection_details;
pub(crate) mod forecast;
pub(crate) mod inventory;
pub(crate) mod plan_details;
pub(crate) mod progress;
pub(crate) mod summary;
pub(crate) mod timeline;
