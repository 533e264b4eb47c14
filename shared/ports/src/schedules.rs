//! Who wakes a connection when it is due, where no process of ours is always there to look.
//!
//! Waking is all they do: `causeway_runs::attend` decides by the connection's timetable what is due. So being woken twice,
//! late or once too often starts nothing twice.

use async_trait::async_trait;
use causeway_domain::definition::ScheduleSettings;
use causeway_domain::{ConnectionName, Failure};
use jiff::Timestamp;

/// The schedules of all connections.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Has `connection` woken at every start of `settings` as applied at `since` that is still to come, and at no start
    /// of an earlier schedule. One that is off, or has no start left, wakes nobody. A start that passes while this is
    /// called is the caller's to attend to.
    ///
    /// # Errors
    /// `DefinitionInvalid` with the field in its subject when the schedule cannot be said exactly.
    async fn put(
        &self,
        connection: &ConnectionName,
        settings: &ScheduleSettings,
        since: Timestamp,
    ) -> Result<(), Failure>;

    /// Has `connection` no longer woken; that it was not is no failure.
    async fn remove(&self, connection: &ConnectionName) -> Result<(), Failure>;

    /// The connections that are woken, sorted.
    async fn list(&self) -> Result<Vec<ConnectionName>, Failure>;
}
