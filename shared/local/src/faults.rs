//! What the operating system and SQLite say, as failures.

use causeway_domain::{Failure, FailureKind};
use rusqlite::ErrorCode;
use std::io;

/// An error of the file system that happened to `subject` while `doing`.
pub(crate) fn of_file(subject: impl Into<String>, doing: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FailureKind::StoreFull,
        _ => FailureKind::StoreUnavailable,
    };
    Failure::new(kind, subject, format!("could not {doing}: {error}"))
}

/// An error of SQLite that happened to `subject`. Its text names tables and codes, never values.
pub(crate) fn of_database(subject: impl Into<String>, error: &rusqlite::Error) -> Failure {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => FailureKind::StoreFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FailureKind::StoreDamaged,
        _ => FailureKind::StoreUnavailable,
    };
    Failure::new(kind, subject, error.to_string())
}
