//! The use cases of a run: start, fetch, finalize, deliver; and what surrounds them: registering a connection, its
//! own maps, and looking at runs.
//!
//! Each use case takes an [`Engine`] and one message or request. The command line and the functions call the same ones;
//! neither holds any state between calls. All state is in the object store, written with conditions (see
//! `docs/ARCHITECTURE.md`, invariants I-1 … I-12).
//!
//! A public use case is `#[boxed]`: its future is then compiled here, once, and not in every crate that awaits it, which
//! took minutes.

mod absences;
mod account;
mod apply;
mod attempt;
mod beside;
mod catch_up;
mod checkup;
mod commit;
mod confirm;
mod connection_details;
mod connections;
mod connectors;
mod coverage;
mod deliver;
mod draft;
mod engine;
mod fetch;
mod finalize;
mod forecast;
mod give_up;
mod groups;
mod guarantee;
mod heads;
mod intervene;
mod inventory;
mod maps;
mod merge;
pub mod milestone;
mod ndjson;
mod neighbours;
mod overdue;
mod plan;
mod plan_details;
mod preview;
mod progress;
mod rejected_rows;
mod rejects;
mod replay;
mod retention;
mod schedule;
mod schema;
mod settle;
mod stage;
mod start;
mod store;
mod summary;
mod timeline;
mod token;
mod trial;
mod unreadable_values;
mod witnesses;

pub use account::{Account, RejectReason, Stretch, account};
pub use apply::{Applied, ConnectionFile, Unfit, apply, missing_secrets, read_connection, secret_names};
pub use beside::runtime;
pub use causeway_qualys_etm::Share;
pub use checkup::{Circumstances, Report, check_up};
pub use connection_details::ConnectionDetails;
pub use connections::{Connection, each, list, load, register, remove};
pub use connectors::ShippedConnectors;
pub use deliver::deliver;
pub use engine::{Engine, Pacing, Queues};
pub use fetch::fetch;
pub use finalize::finalize;
pub use forecast::{AwsUse, Forecast, forecast};
pub use give_up::{give_up, stored_objects};
pub use intervene::{Person, approve, discard, plan_id, redrive};
pub use inventory::{Decision, Described, Found, Search, Wanted, search};
pub use maps::{OwnMaps, SavedMap, mapped_otherwise};
pub use overdue::end_overdue;
pub use plan_details::{
    Asked, Closing, ClosingAt, Explanation, Known, PlanDetails, Sent, explain, plan_details,
};
pub use preview::{Preview, PreviewRequest, Sample, preview};
pub use progress::{Phase, Progress, RunDetails, details, note_process, progress, runs, verdicts};
pub use rejected_rows::rejects;
pub use replay::{ReplayRequest, replay};
pub use schedule::{Attended, Due, Fired, MISSED_AT_MOST, attend, follow_schedule, timetable_of};
pub use settle::cut_short;
pub use start::{StartRequest, Started, requeue, resume, start};
pub use summary::{ConnectionSummary, RunSummary, next_starts};
pub use token::request_of;
pub use trial::{TestResult, Tested, TestedCheck, test_connection};
pub use unreadable_values::UnreadableValues;
