//! One SQLite database: durable with each commit, one connection behind a mutex.

use crate::blocking::blocking;
use crate::{faults, ownership};
use causeway_domain::{Failure, FailureKind};
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a statement waits for another writing process.
const BUSY: Duration = Duration::from_secs(10);

/// Version of both schemas, kept in `user_version`.
const VERSION: i64 = 1;

/// An open database. Clones share the connection.
#[derive(Clone)]
pub(crate) struct Database {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens the database at `path`, creating it with `schema` (idempotent statements) when there is none.
    ///
    /// # Errors
    /// `StoreDamaged` when it is no database or its pages do not fit together; `StoreUnavailable` when it cannot be
    /// opened, a newer program wrote it, or another user owns it or may change it.
    pub(crate) fn open(path: &Path, schema: &str) -> Result<Self, Failure> {
        let fault = |error: rusqlite::Error| faults::of_database(path.display().to_string(), &error);
        own(path)?;
        // SQLite gives its log files the mode of the database, so the mode is set before SQLite opens it.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|error| faults::of_file(path.display().to_string(), "open the database", &error))?;
        let mut connection = Connection::open(path).map_err(fault)?;
        connection.busy_timeout(BUSY).map_err(fault)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(fault)?;
        check(&connection, path)?;
        let setup = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
        let setup = setup.map_err(fault)?;
        setup.execute_batch(schema).map_err(fault)?;
        setup.pragma_update(None, "user_version", VERSION).map_err(fault)?;
        setup.commit().map_err(fault)?;
        Ok(Self { path: path.to_owned(), connection: Arc::new(Mutex::new(connection)) })
    }

    /// Opens the database at `path` read-only, without creating or checking it.
    ///
    /// # Errors
    /// `StoreUnavailable` when it cannot be opened.
    pub(crate) fn look(path: &Path) -> Result<Self, Failure> {
        let fault = |error: rusqlite::Error| faults::of_database(path.display().to_string(), &error);
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fault)?;
        connection.busy_timeout(BUSY).map_err(fault)?;
        Ok(Self { path: path.to_owned(), connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` on the connection, off the async workers.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let Self { path, connection } = self.clone();
        blocking(move || {
            // A panic leaves no partial change, because an open transaction is rolled back when dropped.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection).map_err(|error| faults::of_database(path.display().to_string(), &error))
        })
        .await
    }
}

/// Refuses a database, or a log file of it, that another user owns or may change.
fn own(path: &Path) -> Result<(), Failure> {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        let subject = || Path::new(&file).display().to_string();
        let objection = ownership::objection(Path::new(&file));
        let objection = objection.map_err(|error| faults::of_file(subject(), "look at its owner", &error))?;
        if let Some(reason) = objection {
            return Err(Failure::new(FailureKind::StoreUnavailable, subject(), reason));
        }
    }
    Ok(())
}

fn check(connection: &Connection, path: &Path) -> Result<(), Failure> {
    let subject = path.display().to_string();
    let fault = |error: rusqlite::Error| faults::of_database(subject.clone(), &error);
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
    if version > VERSION {
        let detail =
            format!("has format {version}, this program knows {VERSION}; use the causeway that wrote it");
        return Err(Failure::new(FailureKind::StoreUnavailable, subject, detail));
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fault)?;
    if verdict == "ok" {
        return Ok(());
    }
    // The first line only names the database.
    let detail = format!("not a sound database: {}", verdict.lines().last().unwrap_or_default());
    Err(Failure::new(FailureKind::StoreDamaged, subject, detail))
}
