//! What every function shares, so that each is a few lines: its configuration from the environment, its clients, logs
//! and metrics, and the work on a batch of messages.
//!
//! A function keeps nothing between invocations but clients and what they cache. All state is in the object store.

mod batch;
mod clock;
mod function;
mod host;
mod logs;
mod metrics;
mod queue_function;
mod starts;
mod time_limit;

pub use batch::{Batch, Inbox, Work};
pub use causeway_stack::{Function, Misconfigured, Settings};
pub use clock::InvocationClock;
pub use function::{named, serve};
pub use host::Host;
pub use lambda_runtime;
pub use metrics::Counts;
pub use queue_function::serve_queue;
pub use starts::{Answer, Event, start};
pub use time_limit::TimeLimit;
