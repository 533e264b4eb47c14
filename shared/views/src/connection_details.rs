//! One connection with its stored settings and state, as data.

use causeway_domain::ConnectionRecord;
use causeway_domain::definition::Definition;
use causeway_runs::Connection;
use jiff::Timestamp;
use serde::Serialize;

/// A connection, as `causeway connection show --json` and the HTTP API return it.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionDetails {
    /// Its settings, defaults included.
    pub definition: Definition,
    /// Its state.
    pub record: ConnectionRecord,
    /// Names of the documents it refers to.
    pub documents: Vec<String>,
    /// Names of the secrets that it needs and that are missing.
    pub missing_secrets: Vec<String>,
    /// The next scheduled start.
    pub next_start: Option<Timestamp>,
}

impl ConnectionDetails {
    /// Details of `connection`; the caller knows which secrets are missing and when it starts next.
    pub fn of(connection: &Connection, missing_secrets: Vec<String>, next_start: Option<Timestamp>) -> Self {
        let Connection { registered, record, .. } = connection;
        Self {
            definition: registered.definition.clone(),
            record: record.clone(),
            documents: registered.documents.keys().cloned().collect(),
            missing_secrets,
            next_start,
        }
    }
}
