//! Background work, where there are threads for it.
//!
//! Under a runtime of one thread, or under none as in the simulation, the same work runs when it is awaited. Everything then
//! happens in the order in which it is written.

use causeway_domain::{Failure, FailureKind};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::future::Future;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// The runtime in which a process works on runs.
///
/// # Errors
/// When the system refuses threads or what they wait on.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build()
}

/// Threads for blocking calls and long computations. Each keeps the memory that it has freed (glibc's arenas), so memory grows
/// with the number of threads: with tokio's own 512 the plan of 10 M findings took 572 MiB instead of 328 and as long
/// (docs/BENCHMARKS.md). Nothing that blocks waits for other work that does.
const BLOCKING_THREADS: usize = 4;

/// Whether other threads can run background work.
pub fn has_threads() -> bool {
    Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Runs a long computation on a blocking thread, where there is one.
pub async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    if has_threads() { spawn_blocking(work).await.unwrap_or_else(lost) } else { work() }
}

/// Background work; dropping it aborts it.
pub enum BackgroundTask<T> {
    /// Running on another thread.
    Beside(AbortOnDrop<T>),
    /// Deferred until it is awaited.
    Later(BoxFuture<'static, Result<T, Failure>>),
}

/// Aborts a task together with its owner.
pub struct AbortOnDrop<T>(JoinHandle<Result<T, Failure>>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Send + 'static> BackgroundTask<T> {
    /// Begins `work`.
    pub fn new(work: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Self {
        if has_threads() { Self::Beside(AbortOnDrop(tokio::spawn(work))) } else { Self::Later(work.boxed()) }
    }

    /// Waits for it.
    pub async fn done(self) -> Result<T, Failure> {
        match self {
            Self::Beside(mut task) => (&mut task.0).await.unwrap_or_else(lost),
            Self::Later(work) => work.await,
        }
    }
}

fn lost<T>(error: JoinError) -> Result<T, Failure> {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => {
            Err(Failure::new(FailureKind::StoreUnavailable, "a thread of this process", error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCKING_THREADS, runtime};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::task::JoinSet;

    #[test]
    fn no_more_threads_block_than_memory_is_planned_for() {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        static FULL: Barrier = Barrier::new(BLOCKING_THREADS);
        let mut work = JoinSet::new();
        let runtime = runtime().unwrap();
        for _ in 0..BLOCKING_THREADS * 25 {
            work.spawn_blocking_on(
                || {
                    MOST.fetch_max(STARTED.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    FULL.wait();
                    STARTED.fetch_sub(1, Ordering::SeqCst);
                },
                runtime.handle(),
            );
        }
        runtime.block_on(work.join_all());
        assert_eq!(MOST.load(Ordering::SeqCst), BLOCKING_THREADS, "threads that blocked at once");
    }
}
