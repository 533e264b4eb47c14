//! What the use cases need from the world, as traits of at most four methods.
//!
//! `local` implements them on one machine; AWS follows the same contracts. Use cases take them as `Arc<dyn …>`, so one
//! use case stands behind the command line and behind a function.

pub mod check;
pub mod clock;
pub mod connectors;
pub mod destination;
pub mod key;
pub mod objects;
pub mod queue;
pub mod schedules;
pub mod secrets;
pub mod source;
pub mod system;

mod raw_page;
mod records;

pub use check::Check;
pub use clock::{Clock, Ids};
pub use connectors::{Connectors, NamedTest};
pub use destination::Destination;
pub use objects::{Etag, Objects, PutCondition, PutOutcome, Stored};
pub use queue::{Outgoing, Queue, Received, Settlement};
pub use raw_page::RawPage;
pub use records::{Record, Records, Row};
pub use schedules::Schedules;
pub use secrets::{Freshness, SecretEntry, SecretKeeper, SecretText, Secrets};
pub use source::{Fetched, SingleRecords, Source, Testable, Transformed};
pub use system::{SystemClock, SystemIds};
