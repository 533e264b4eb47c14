//! Code that all functions share: configuration from the environment, clients, logs
//! and metrics, and processing of a batch of messages.
//!
//! Between invocations a function keeps only clients and their caches. All state is in the object store.

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
pub use starts::{Event, SchedulerResponse, start};
pub use time_limit::TimeLimit;
