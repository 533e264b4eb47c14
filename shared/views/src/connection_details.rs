//! One connection with everything that is stored of it, as data.

use causeway_domain::ConnectionRecord;
use causeway_domain::definition::Definition;
use causeway_runs::Connection;
use jiff::Timestamp;
use serde::Serialize;

/// What `causeway connection show --json` and the HTTP API tell of a connection.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionDetails {
    /// Its settings, defaults included.
    pub definition: Definition,
    /// Its state.
    pub record: ConnectionRecord,
    /// Names of the documents that it refers to.
    pub documents: Vec<String>,
    /// Names of the secrets that it needs and that are not stored.
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
