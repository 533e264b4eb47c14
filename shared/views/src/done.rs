//! Results of commands and API calls, as data.

use causeway_domain::{ConnectionName, Intervention, RunId};
use causeway_runs::Started;
use serde::Serialize;

/// A run that was started, approved or redriven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunStarted {
    /// Its connection.
    pub connection: ConnectionName,
    /// The run.
    pub run: RunId,
    /// Whether it was in progress already.
    pub resumed: bool,
}

impl RunStarted {
    /// A run of `connection`.
    pub fn of(connection: ConnectionName, Started { run, resumed, .. }: Started) -> Self {
        Self { connection, run, resumed }
    }
}

/// A plan that was rejected permanently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDiscarded {
    /// Its connection.
    pub connection: ConnectionName,
    /// Its run.
    pub run: RunId,
    /// Who rejected it, when and why; the first rejection, if there were two.
    pub discarded: Intervention,
}

/// A connection that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionDeleted {
    /// Its name.
    connection: ConnectionName,
    deleted: bool,
}

impl ConnectionDeleted {
    /// The connection of this name.
    pub fn of(connection: ConnectionName) -> Self {
        Self { connection, deleted: true }
    }
}

/// A secret that was stored. Its value is never returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretStored {
    /// Its name.
    secret: String,
    stored: bool,
}

impl SecretStored {
    /// The secret of this name.
    pub fn of(secret: String) -> Self {
        Self { secret, stored: true }
    }
}

/// A secret that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretDeleted {
    /// Its name.
    secret: String,
    deleted: bool,
}

impl SecretDeleted {
    /// The secret of this name.
    pub fn of(secret: String) -> Self {
        Self { secret, deleted: true }
    }
}
