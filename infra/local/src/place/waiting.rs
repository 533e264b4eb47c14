//! Waiting for the end of a run, either working on it or watching.

use super::home::{Concurrency, Consumers, Home, recover};
use crate::output::Event;
use crate::process::Interrupt;
use causeway_domain::{ConnectionName, Failure, RunId};
use causeway_local::Workplace;
use causeway_runs::{Engine, Progress};
use jiff::SignedDuration;
use std::time::Duration;

/// Pause between two checks of the run.
const LOOK: Duration = Duration::from_millis(200);

/// Why waiting ended.
pub(crate) enum Ended {
    /// The run is decided.
    Decided,
    /// The process was asked to stop; everything in flight was finished.
    Interrupted,
    /// The process was asked to stop; the serving process or the stack's functions continue.
    Detached,
}

/// Works until `run` is decided or the process is asked to stop. If another process serves the home, that one works
/// and this one watches; if it ends before the run does, this one takes over. `look` receives the progress several times
/// a second.
pub(crate) async fn until_decided(
    engine: &Engine,
    (home, mut workplace): (&Home, Workplace),
    (connection, run): (&ConnectionName, &RunId),
    concurrency: Concurrency,
    interrupt: &mut Interrupt,
    mut look: impl FnMut(&Progress),
) -> Result<Ended, Failure> {
    let mut consumers = match workplace {
        Workplace::Own(_) => Consumers::start(engine, concurrency),
        Workplace::Served => Consumers::default(),
    };
    let mut full_disk = home.full_disk.clone();
    let ended = loop {
        if matches!(workplace, Workplace::Served)
            && let Ok(Workplace::Own(mut lock)) = home.folder.enter()
        {
            recover(engine, home, &mut lock, [connection], interrupt, &mut Event::log).await?;
            causeway_runs::resume(engine, connection).await?;
            consumers = Consumers::start(engine, concurrency);
            workplace = Workplace::Own(lock);
        }
        let began = engine.clock.now();
        match causeway_runs::progress(engine, connection, run).await {
            Err(failure) => break Err(failure),
            Ok(progress) => {
                look(&progress);
                if progress.outcome.is_some() {
                    break Ok(Ended::Decided);
                }
            }
        }
        tokio::select! {
            () = engine.clock.sleep(pause_after(engine.clock.now().duration_since(began))) => {}
            () = interrupt.asked() => break Ok(match workplace {
                Workplace::Own(_) => Ended::Interrupted,
                Workplace::Served => Ended::Detached,
            }),
            failure = full_disk.noticed() => break Err(failure),
            failure = consumers.failure() => break Err(failure),
        }
    };
    if let Workplace::Own(lock) = &mut workplace {
        lock.stopping();
    }
    let stopped = consumers.stop().await;
    ended.and_then(|ended| stopped.map(|()| ended))
}

/// Watches until the stack's functions have decided `run`, or the process is asked to stop.
pub(crate) async fn watch(
    engine: &Engine,
    (connection, run): (&ConnectionName, &RunId),
    interrupt: &mut Interrupt,
    mut look: impl FnMut(&Progress),
) -> Result<Ended, Failure> {
    loop {
        let began = engine.clock.now();
        let progress = causeway_runs::progress(engine, connection, run).await?;
        look(&progress);
        if progress.outcome.is_some() {
            return Ok(Ended::Decided);
        }
        tokio::select! {
            () = engine.clock.sleep(pause_after(engine.clock.now().duration_since(began))) => {}
            () = interrupt.asked() => return Ok(Ended::Detached),
        }
    }
}

/// A check lists all pages, which is slow for very many of them; it is then made less often.
fn pause_after(look: SignedDuration) -> Duration {
    LOOK.max(look.unsigned_abs() * 10)
}
