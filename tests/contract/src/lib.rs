//! What holds of the ports whoever implements them, as cases that each implementation runs.
//!
//! A case is a function of a stage of its own; [`check`] runs many at once and tells all that do not hold.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "cases are tests, called from the tests of other crates"
)]

pub mod objects;
pub mod queue;
pub mod secrets;

use futures::future::BoxFuture;

/// One thing that holds, by its name.
pub struct Case<S> {
    /// What holds, as a function is called.
    pub name: &'static str,
    /// Panics where it does not.
    pub run: fn(S) -> BoxFuture<'static, ()>,
}

/// The functions of these names as cases.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        vec![$($crate::Case { name: stringify!($name), run: |stage| Box::pin($name(stage)) }),*]
    };
}
pub(crate) use cases;

/// Runs every case side by side, each on the stage that `stage` makes for it.
///
/// # Panics
/// With the names of those that do not hold; what was seen stands before it in the output.
pub async fn check<S: Send + 'static>(cases: Vec<Case<S>>, mut stage: impl AsyncFnMut(&'static str) -> S) {
    let mut running = Vec::new();
    for case in cases {
        let stage = stage(case.name).await;
        running.push((case.name, tokio::spawn((case.run)(stage))));
    }
    let mut broken = Vec::new();
    for (name, case) in running {
        if case.await.is_err() {
            broken.push(name);
        }
    }
    assert!(broken.is_empty(), "does not hold: {}", broken.join(", "));
}
