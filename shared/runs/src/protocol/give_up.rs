//! Ending the run of a connection whose work ends the process.

use crate::Engine;
use crate::connections::registry::load;
use crate::protocol::commit;
use crate::protocol::start::{is_decided, record_intervention};
use async_recursion::async_recursion;
use causeway_domain::layout::ConnectionKeys;
use causeway_domain::{ConnectionName, ConnectionState, Failure, RunId};

/// Ends the undecided run of `name` as failed because of `failure`; `None` if it has none. Nothing of the run is read but
/// its manifest, because reading more may be what ends the process.
///
/// # Errors
/// `NotFound`, and those of the object store.
#[async_recursion]
pub async fn give_up(
    engine: &Engine,
    name: &ConnectionName,
    failure: Failure,
) -> Result<Option<RunId>, Failure> {
    let connection = load(engine, name).await?;
    let processing = connection.record.state == ConnectionState::Processing;
    let Some(keys) = connection.current().filter(|_| processing) else { return Ok(None) };
    if is_decided(engine, keys).await? {
        return Ok(None);
    }
    tracing::error!(connection = %name, run = %keys.run.run, error = %failure, advice = failure.advice(), "given up");
    record_intervention(engine, &connection).await?;
    commit::close_with(engine, keys, failure).await?;
    Ok(Some(keys.run.run.clone()))
}

/// Number of stored objects of a connection and its runs. It grows as long as work on them gets anywhere.
///
/// # Errors
/// Those of the object store.
#[async_recursion]
pub async fn stored_objects(engine: &Engine, name: &ConnectionName) -> Result<u32, Failure> {
    let keys = ConnectionKeys(name);
    let mut objects = 0;
    for prefix in [keys.prefix(), keys.runs()] {
        objects += engine.objects.list(&prefix).await?.len();
    }
    Ok(u32::try_from(objects).unwrap_or(u32::MAX))
}
