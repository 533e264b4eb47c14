//! Connections that were in progress when a process died, and the number of deaths.
//!
//! Work that overflows the stack or takes all memory ends the process and every connection in it. The rows outlive the
//! process, so the next one can find the connection that does this and isolate it.

use crate::queue::LocalQueues;
use crate::{HomeLock, queue_store};
use causeway_domain::{ConnectionName, Failure};
use rusqlite::params;
use std::collections::BTreeMap;

/// A connection that was in progress when a process died, or is in progress now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Suspect {
    /// Whether its runs are being started or resumed.
    pub at_work: bool,
    /// Deaths in a row, without a new object in between.
    pub deaths: u32,
    /// Objects of the connection at the last death.
    pub objects: u32,
}

/// A message that was received and not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Its number in the database.
    pub id: i64,
    /// Queue it is in.
    pub queue: String,
    /// Its text.
    pub body: String,
}

impl LocalQueues {
    /// Messages that were in flight when the previous process ended. Call this before they are released.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unsettled(&self, _lock: &HomeLock) -> Result<Vec<Unsettled>, Failure> {
        let rows = self.database.call(|connection| queue_store::unsettled(connection)).await?;
        Ok(rows.into_iter().map(|(id, queue, body)| Unsettled { id, queue, body }).collect())
    }

    /// All suspects.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn suspects(&self) -> Result<BTreeMap<ConnectionName, Suspect>, Failure> {
        let all = |connection: &mut rusqlite::Connection| {
            let mut statement =
                connection.prepare("SELECT connection, at_work, deaths, objects FROM suspects")?;
            let rows = statement.query_map([], |row| {
                let suspect = Suspect { at_work: row.get(1)?, deaths: row.get(2)?, objects: row.get(3)? };
                Ok((row.get::<_, String>(0)?, suspect))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let rows = self.database.call(all).await?;
        let named = |(name, suspect): (String, Suspect)| Some((ConnectionName::parse(&name).ok()?, suspect));
        Ok(rows.into_iter().filter_map(named).collect())
    }

    /// Stores the entry of a connection.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn suspect(&self, connection: &ConnectionName, suspect: Suspect) -> Result<(), Failure> {
        let (name, Suspect { at_work, deaths, objects }) = (connection.to_string(), suspect);
        let put =
            "INSERT OR REPLACE INTO suspects (connection, at_work, deaths, objects) VALUES (?1, ?2, ?3, ?4)";
        let put = move |connection: &mut rusqlite::Connection| {
            connection.execute(put, params![name, at_work, deaths, objects]).map(drop)
        };
        self.database.call(put).await
    }

    /// Removes the entry of `connection` after its work succeeded.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn clear(&self, connection: &ConnectionName) -> Result<(), Failure> {
        let name = connection.to_string();
        let clear = "DELETE FROM suspects WHERE connection = ?1";
        self.database.call(move |connection| connection.execute(clear, params![name]).map(drop)).await
    }
}
