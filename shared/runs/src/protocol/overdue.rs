//! Runs that are past their deadline and that nobody decided, because their checks were lost.

use crate::Engine;
use crate::connections::registry::{load, names};
use crate::protocol::commit;
use crate::protocol::start::record_intervention;
use async_recursion::async_recursion;
use causeway_domain::{ConnectionName, ConnectionState, Failure, RunId};
use jiff::{SignedDuration, Timestamp};

/// Left to the run's own checks after its deadline, because they tell more exactly what is missing.
const GRACE: SignedDuration = SignedDuration::from_mins(30);

/// Ends every run whose deadline passed more than half an hour ago as failed (I-11), and tells which ones. A queue may lose
/// the last check of a run: a message expires, or is put aside after processes died over it.
///
/// # Errors
/// Those of the object store. A connection that fails does not keep the others from being looked at.
#[async_recursion]
pub async fn end_overdue(engine: &Engine) -> Result<Vec<(ConnectionName, RunId)>, Failure> {
    let latest = engine.clock.now().saturating_sub(GRACE).unwrap_or(Timestamp::MIN);
    let mut ended = Vec::new();
    let mut failed = None;
    for name in names(engine).await? {
        match end(engine, &name, latest).await {
            Ok(run) => ended.extend(run.map(|run| (name, run))),
            Err(failure) => {
                tracing::warn!(connection = %name, error = %failure, "an overdue run could not be ended");
                failed = Some(failure);
            }
        }
    }
    failed.map_or(Ok(ended), Err)
}

/// Ends the connection's run if it was to be decided before `latest` and is not.
async fn end(engine: &Engine, name: &ConnectionName, latest: Timestamp) -> Result<Option<RunId>, Failure> {
    let connection = load(engine, name).await?;
    let record = &connection.record;
    let passed = record.deadline.is_some_and(|deadline| deadline < latest);
    let Some(keys) = connection.current().filter(|_| passed) else { return Ok(None) };
    if record.state != ConnectionState::Processing {
        return Ok(None);
    }
    let run = keys.run.run.clone();
    tracing::warn!(connection = %name, %run, "this run was unfinished at its deadline; it ends as failed");
    record_intervention(engine, &connection).await?;
    commit::close(engine, keys).await.map(|()| Some(run))
}
