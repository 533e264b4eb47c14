//! The use cases of a run: start, fetch, finalize, deliver; and what surrounds them: registering a connection, its
//! own maps, and reading runs back. `causeway-views` turns them into what a person is told.
//!
//! Each use case takes an [`Engine`] and one message or request. The command line and the functions call the same ones;
//! neither holds any state between calls. All state is in the object store, written with conditions (see
//! `docs/ARCHITECTURE.md`, invariants I-1 … I-12).
//!
//! A public use case is `#[async_recursion]` although it does not recurse: the macro boxes its future, which is then
//! compiled here, once, and not in every crate that awaits it. That took minutes.

mod checkup;
mod connections;
mod decide;
mod engine;
mod guarantee;
pub mod milestone;
mod people;
mod preview;
mod progress;
mod protocol;
mod run_objects;
pub mod store;

pub use causeway_ledger::background::runtime;
pub use checkup::{CheckupContext, Report, check_up};
pub use connections::apply::{
    Applied, ConnectionFile, ConnectionFileError, apply, missing_secrets, read_connection,
};
pub use connections::maps::{OwnMaps, SavedMap, mapped_otherwise};
pub use connections::registry::{Connection, each, list, load, register, remove};
pub use connections::timetable::{follow_schedule, timetable_of};
pub use connections::trial::{TestResult, Tested, TestedCheck, test_connection};
pub use decide::draft::answers_repeat_draft;
pub use decide::rejected_rows::rejects;
pub use engine::{Engine, Pacing, Queues};
pub use guarantee::ensure;
pub use people::intervene::{Person, approve, discard, plan_id, redrive};
pub use people::replay::replay;
pub use preview::{Preview, PreviewRequest, Sample, preview};
pub use progress::{
    AnsweredQuestion, Phase, Progress, RunDetails, answered_question, details, note_process, progress, runs,
    verdicts,
};
pub use protocol::deliver::deliver;
pub use protocol::fetch::fetch;
pub use protocol::finalize::finalize;
pub use protocol::give_up::{give_up, stored_objects};
pub use protocol::overdue::end_overdue;
pub use protocol::replayed::ReplayRequest;
pub use protocol::schedule::{Attended, Due, Fired, MISSED_AT_MOST, attend};
pub use protocol::settle::cut_short;
pub use protocol::start::{StartRequest, Started, requeue, resume, start};
pub use protocol::token::request_of;
pub use protocol::unreadable_values::{UnreadableValues, unreadable_values};
pub use run_objects::records;
