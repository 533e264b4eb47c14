//! What the pages prove and what follows from it: questions for the missing, draft and plan.

pub(crate) mod absences;
pub(crate) mod confirm;
pub(crate) mod draft;
pub(crate) mod groups;
pub(crate) mod plan;
pub(crate) mod question;
pub(crate) mod rejected_rows;
pub(crate) mod rejects;
pub(crate) mod witnesses;
