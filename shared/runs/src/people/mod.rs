//! Decisions of people: approving or rejecting a held plan, retrying, replaying.

pub(crate) mod intervene;
pub(crate) mod replay;
