//! Replaying a run: its pages mapped again by other maps.

use crate::Engine;
use crate::protocol::replayed::ReplayRequest;
use crate::protocol::start::{StartRequest, Started, begin};
use async_recursion::async_recursion;
use causeway_domain::{ConnectionName, Failure};

/// Starts a replay; as with a start, the same request is the same run.
///
/// # Errors
/// As [`crate::start()`]; `NotPossible` when the ledger in force came from another run, when the run kept no pages, or when
/// the maps read fields that its pages were not asked for.
#[async_recursion]
pub async fn replay(
    engine: &Engine,
    name: &ConnectionName,
    start: &StartRequest,
    request: &ReplayRequest,
) -> Result<Started, Failure> {
    Box::pin(begin(engine, name, start, Some(request))).await
}
