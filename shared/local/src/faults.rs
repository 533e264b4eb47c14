//! Errors of the operating system and of SQLite as failures.

use causeway_domain::{Failure, FailureKind};
use rusqlite::{ErrorCode, ffi};
use std::io;
use std::time::Duration;

/// Pause before a retry on a full disk.
const SPACE_PAUSE: Duration = Duration::from_secs(5);

/// An error of the file system that happened to `subject` while `doing`.
pub(crate) fn of_file(subject: impl Into<String>, doing: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            FailureKind::StoreFull
        }
        _ => FailureKind::StoreUnavailable,
    };
    paced(Failure::new(kind, subject, format!("could not {doing}: {error}")))
}

/// An error of SQLite that happened to `subject`. Its text names tables and codes, never values.
pub(crate) fn of_database(subject: impl Into<String>, error: &rusqlite::Error) -> Failure {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => FailureKind::StoreFull,
        // SQLite reports a full disk only for its log, not for its shared memory or a user's quota.
        Some(ErrorCode::SystemIoFailure) if grows(error) => FailureKind::StoreFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FailureKind::StoreDamaged,
        _ => FailureKind::StoreUnavailable,
    };
    let detail = match kind {
        FailureKind::StoreFull => format!("the disk is full, or a quota is reached: {error}"),
        _ => error.to_string(),
    };
    paced(Failure::new(kind, subject, detail))
}

fn grows(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE))
}

fn paced(failure: Failure) -> Failure {
    let full = failure.kind == FailureKind::StoreFull;
    failure.after(full.then_some(SPACE_PAUSE))
}
