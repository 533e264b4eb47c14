//! Checks of the two databases.

use super::Checkup;
use causeway_domain::Failure;
use causeway_domain::checkup::Issue;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;

impl Checkup {
    /// Queue and body of every waiting message; none if the queue cannot be read, which is reported elsewhere.
    pub fn messages(&self) -> Vec<(String, String)> {
        let path = self.home.join("queue.sqlite");
        let two = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        rows(&path, "SELECT queue, body FROM messages ORDER BY id", two).unwrap_or_default()
    }

    pub(super) fn databases(&self, now: Timestamp) -> Result<Vec<Issue>, Failure> {
        let mut troubles = Vec::new();
        troubles.extend(self.queue(now)?);
        if let Some(found) = damage(&self.home.join("secrets.sqlite")) {
            let means = "no stored secret can be read, so no connection can run";
            let advice = "Restore it from a backup, or move it away and set the secrets again.";
            troubles.push(Issue::new("secrets.sqlite", found, means, advice));
        }
        Ok(troubles)
    }

    fn queue(&self, now: Timestamp) -> Result<Option<Issue>, Failure> {
        let Some(found) = damage(&self.home.join("queue.sqlite")) else { return Ok(None) };
        let aside = format!("damaged-{}", now.strftime("%Y%m%dT%H%M%SZ"));
        if self.mends() {
            for suffix in ["", "-wal", "-shm"] {
                let file = self.home.join(format!("queue.sqlite{suffix}"));
                match std::fs::rename(&file, self.home.join(format!("queue.sqlite.{aside}{suffix}"))) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(self.fault(&file, "put it aside", &error)),
                }
            }
        }
        let means = "no command opens this home; nothing is lost, because a queue holds no state";
        let trouble = Issue::new("queue.sqlite", found, means, "Run the connections again afterwards.");
        let name = if self.mends() { aside } else { "damaged-TIME".to_owned() };
        let mend = format!("renames it to queue.sqlite.{name}; the next run queues its work again");
        Ok(Some(trouble.mendable(mend, self.mends())))
    }
}

/// Damage that SQLite finds in a database; `None` if it does not exist.
pub(super) fn damage(path: &Path) -> Option<String> {
    if !path.exists() {
        return None;
    }
    match rows(path, "PRAGMA integrity_check(1)", |row| row.get::<_, String>(0)).as_deref() {
        Ok([verdict]) if verdict == "ok" => None,
        // The first line only names the database.
        Ok(verdicts) => {
            let verdict = verdicts.first().and_then(|verdict| verdict.lines().last()).unwrap_or_default();
            Some(format!("is damaged: {verdict}"))
        }
        Err(error) => Some(format!("cannot be read: {error}")),
    }
}

/// Names of the stored secrets; `None` if they cannot be read.
pub(super) fn secret_names(path: &Path) -> Option<Vec<String>> {
    if !path.exists() {
        return Some(Vec::new());
    }
    rows(path, "SELECT name FROM secrets ORDER BY name", |row| row.get(0)).ok()
}

/// Reads a database without creating it.
fn rows<T>(
    path: &Path,
    query: &str,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut statement = database.prepare(query)?;
    statement.query_map([], row)?.collect()
}
