//! The words of Causeway as types: connections and their definitions, runs, pages, records, coverage, plans,
//! deliveries, messages and failures. No IO, no async.
//!
//! Every other crate speaks in these types; the names are those of `docs/ARCHITECTURE.md`.

pub mod checkup;
pub mod connection;
pub mod coverage;
pub mod definition;
pub mod delivery;
mod document;
pub mod failure;
pub mod intervention;
pub mod invariant;
pub mod layout;
pub mod map;
pub mod message;
pub mod page;
pub mod plain_text;
pub mod plan;
pub mod reading;
pub mod record;
mod row_key;
pub mod run;
pub mod schedule;
pub mod schema;
mod stored;
mod unreadable;
mod vendor_key;
pub mod work;

pub use connection::{ConnectionName, ConnectionRecord, ConnectionState};
pub use definition::Definition;
pub use failure::{Failure, FailureKind, Retry};
pub use intervention::{Intervention, InterventionKind};
pub use map::{MapName, MapReference, MapVersion};
pub use page::{PageId, PageSummary, Series, Stream};
pub use record::{FindingKey, FindingStatus, Scope};
pub use row_key::RowKey;
pub use run::{Generation, Manifest, Outcome, RunId};
pub use stored::Stored;
pub use unreadable::Unreadable;
pub use vendor_key::VendorKey;
pub use work::WorkName;
