//! File and database work, off the async workers.

use causeway_domain::{Failure, FailureKind};

/// Runs `work` on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Failure::new(
            FailureKind::StoreUnavailable,
            "local store",
            format!("the task ended early: {error}"),
        ))
    })
}
