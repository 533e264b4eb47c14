//! The queues' tables and the statements on them; each function is one transaction. Times are microseconds since 1970.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// A message is in flight while `receipt` is set and `visible_at` lies ahead; an expired receipt still settles it
/// until somebody else receives it.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    receipt TEXT UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at);
CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    receives INTEGER NOT NULL,
    reason TEXT NOT NULL,
    died_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS suspects (
    connection TEXT PRIMARY KEY,
    at_work INTEGER NOT NULL,
    deaths INTEGER NOT NULL DEFAULT 0,
    objects INTEGER NOT NULL DEFAULT 0
) STRICT;
";

/// Handed out by [`receive`].
pub(crate) struct Taken {
    pub(crate) body: String,
    pub(crate) receipt: String,
    pub(crate) receives: u32,
}

/// What [`receive`] goes by.
pub(crate) struct Rules {
    pub(crate) now: i64,
    pub(crate) hidden_until: i64,
    pub(crate) max_receives: u32,
}

/// Adds messages of (body, visible at).
pub(crate) fn send(
    connection: &mut Connection,
    queue: &str,
    messages: &[(String, i64)],
) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert =
            change.prepare_cached("INSERT INTO messages (queue, body, visible_at) VALUES (?1, ?2, ?3)")?;
        for (body, visible_at) in messages {
            insert.execute(params![queue, body, visible_at])?;
        }
    }
    change.commit()
}

/// Dead-letters messages received too often, then takes as many messages as there are receipts, those
/// that have been visible longest first.
pub(crate) fn receive(
    connection: &mut Connection,
    queue: &str,
    rules: &Rules,
    receipts: Vec<String>,
) -> rusqlite::Result<Vec<Taken>> {
    // Workers poll often; a reader neither waits for a writer nor flushes.
    let any = "SELECT 1 FROM messages WHERE queue = ?1 AND visible_at <= ?2 LIMIT 1";
    if connection.prepare_cached(any)?.query_row(params![queue, rules.now], |_| Ok(())).optional()?.is_none()
    {
        return Ok(Vec::new());
    }
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    bury_exhausted(&change, queue, rules)?;
    let mut taken = Vec::new();
    {
        let mut take = change.prepare_cached(
            "UPDATE messages SET visible_at = ?3, receipt = ?4, receives = receives + 1
             WHERE id = (SELECT id FROM messages WHERE queue = ?1 AND visible_at <= ?2 ORDER BY visible_at, id LIMIT 1)
             RETURNING body, receives",
        )?;
        for receipt in receipts {
            let row = take.query_row(params![queue, rules.now, rules.hidden_until, receipt], |row| {
                Ok((row.get(0)?, row.get(1)?))
            });
            let Some((body, receives)) = row.optional()? else { break };
            taken.push(Taken { body, receipt, receives });
        }
    }
    change.commit()?;
    Ok(taken)
}

fn bury_exhausted(change: &Connection, queue: &str, rules: &Rules) -> rusqlite::Result<()> {
    let parameters = params![queue, rules.now, rules.max_receives];
    let buried = change
        .prepare_cached(
            "INSERT INTO dead_letters (queue, body, receives, reason, died_at)
             SELECT queue, body, receives, 'received ' || receives || ' times and never finished', ?2
             FROM messages WHERE queue = ?1 AND visible_at <= ?2 AND receives >= ?3 ORDER BY id",
        )?
        .execute(parameters)?;
    if buried > 0 {
        change
            .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND visible_at <= ?2 AND receives >= ?3")?
            .execute(parameters)?;
    }
    Ok(())
}

/// Removes a message.
pub(crate) fn done(connection: &Connection, queue: &str, receipt: &str) -> rusqlite::Result<()> {
    let statement = "DELETE FROM messages WHERE queue = ?1 AND receipt = ?2";
    connection.prepare_cached(statement)?.execute(params![queue, receipt]).map(drop)
}

/// Gives a message back, visible at `visible_at`.
pub(crate) fn retry(
    connection: &Connection,
    queue: &str,
    receipt: &str,
    visible_at: i64,
) -> rusqlite::Result<()> {
    let statement = "UPDATE messages SET visible_at = ?3, receipt = NULL WHERE queue = ?1 AND receipt = ?2";
    connection.prepare_cached(statement)?.execute(params![queue, receipt, visible_at]).map(drop)
}

/// Moves a message to the dead letters.
pub(crate) fn bury(
    connection: &mut Connection,
    queue: &str,
    receipt: &str,
    reason: &str,
    now: i64,
) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    change.execute(
        "INSERT INTO dead_letters (queue, body, receives, reason, died_at)
         SELECT queue, body, receives, ?3, ?4 FROM messages WHERE queue = ?1 AND receipt = ?2",
        params![queue, receipt, reason, now],
    )?;
    done(&change, queue, receipt)?;
    change.commit()
}

/// Every unsettled message: id, queue, body.
pub(crate) fn unsettled(connection: &Connection) -> rusqlite::Result<Vec<(i64, String, String)>> {
    let statement = "SELECT id, queue, body FROM messages WHERE receipt IS NOT NULL ORDER BY id";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    connection.prepare(statement)?.query_map([], row)?.collect()
}

/// Takes one message, unless it is gone or in flight.
pub(crate) fn take(
    connection: &Connection,
    (queue, id): (&str, i64),
    hidden_until: i64,
    receipt: String,
) -> rusqlite::Result<Option<Taken>> {
    let statement = "UPDATE messages SET visible_at = ?3, receipt = ?4, receives = receives + 1
                     WHERE queue = ?1 AND id = ?2 AND receipt IS NULL RETURNING body, receives";
    let row = connection.query_row(statement, params![queue, id, hidden_until, receipt], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(row.optional()?.map(|(body, receives)| Taken { body, receipt, receives }))
}

/// Returns every unsettled message and subtracts the interrupted receive.
pub(crate) fn release_all(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    let statement = "UPDATE messages SET visible_at = ?1, receipt = NULL, receives = max(receives - 1, 0)
                     WHERE receipt IS NOT NULL";
    connection.execute(statement, params![now])
}

/// When the next message of any of the queues may be received, in the past if there is one now.
pub(crate) fn next_visible_at(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT min(visible_at) FROM messages")?.query_row([], |row| row.get(0))
}

/// Per queue: its name, visible, in flight, delayed.
pub(crate) fn depths(connection: &Connection, now: i64) -> rusqlite::Result<Vec<(String, [u32; 3])>> {
    let statement = "SELECT queue, sum(visible_at <= ?1), sum(visible_at > ?1 AND receipt IS NOT NULL),
                            sum(visible_at > ?1 AND receipt IS NULL)
                     FROM messages GROUP BY queue ORDER BY queue";
    let counts = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]));
    connection.prepare_cached(statement)?.query_map(params![now], counts)?.collect()
}

/// A row of the dead letters, oldest first: queue, body, receives, reason, died at.
pub(crate) type DeadRow = (String, String, u32, String, i64);

/// All dead letters.
pub(crate) fn dead_letters(connection: &Connection) -> rusqlite::Result<Vec<DeadRow>> {
    let statement = "SELECT queue, body, receives, reason, died_at FROM dead_letters ORDER BY id";
    let dead =
        |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    connection.prepare_cached(statement)?.query_map([], dead)?.collect()
}
