//! The ports on one machine, durable across a kill -9.
//!
//! Everything is in one home folder, see [`Home`]. Objects are plain files, so that people can open pages with their
//! own tools; queue and secrets are SQLite databases. Acknowledged writes are on disk, and the kernel releases
//! every lock of a killed process, so recovery is a restart.

mod blocking;
mod checkup;
mod database;
mod faults;
mod home;
mod identity;
mod objects;
mod ownership;
mod queue;
mod queue_store;
mod secrets;
mod suspects;
mod whole_file;

pub use causeway_ports::{SystemClock, SystemIds};
pub use checkup::Checkup;
pub use home::{Home, HomeLock, Workplace};
pub use objects::LocalObjects;
pub use queue::{DeadLetter, Depths, LocalQueue, LocalQueues, QueueSettings};
pub use secrets::LocalSecrets;
pub use suspects::{Suspect, Unsettled};
