//! Processes: use cases at work, each of which may end at any wait.

use crate::connection;
use crate::ports::queue::QUEUES;
use crate::sim::{Act, Sim, timestamp};
use crate::version::Version;
use causeway_domain::definition::Registered;
use causeway_domain::{Failure, InterventionKind};
use causeway_ports::{Queue, Received};
use causeway_runs::{Engine, Person, StartRequest, Started};
use futures::future::join_all;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Attempts to settle one message.
const SETTLES: u32 = 3;

/// How a process ended by itself.
pub(crate) enum Ended {
    Worked,
    Started(Result<Started, Failure>),
    Registered(Result<bool, Failure>),
    Resumed(Result<Option<Started>, Failure>),
    Intervened(Result<(), Failure>),
}

/// A process.
pub(crate) struct Process {
    pub(crate) future: Pin<Box<dyn Future<Output = Ended>>>,
    /// The queue whose messages it works on.
    pub(crate) queue: Option<usize>,
    /// What it was started for, to be done again if it dies.
    pub(crate) act: Option<Act>,
    /// Wakes until it dies.
    pub(crate) dies_after: Option<u64>,
    pub(crate) skew: i64,
}

/// Works on `messages` side by side, each by itself; unless it `answers`, the queue never hears of it.
pub(crate) async fn work(engine: Engine, number: usize, messages: Vec<Received>, answers: bool) -> Ended {
    let queue: &Arc<dyn Queue> = match QUEUES.get(number) {
        Some(&"work") => &engine.queues.work,
        Some(&"finalize") => &engine.queues.finalize,
        _ => &engine.queues.deliver,
    };
    let one = |message: Received| {
        let engine = &engine;
        Box::pin(async move {
            let settlement = match QUEUES.get(number) {
                Some(&"work") => causeway_runs::fetch(engine, &message).await,
                Some(&"finalize") => causeway_runs::finalize(engine, &message).await,
                _ => causeway_runs::deliver(engine, &message).await,
            };
            for _ in 0..if answers { SETTLES } else { 0 } {
                if queue.settle(&message, settlement.clone()).await.is_ok() {
                    break;
                }
            }
        })
    };
    join_all(messages.into_iter().map(one)).await;
    Ended::Worked
}

/// Starts the run that is due at `at`.
pub(crate) async fn start(engine: Engine, at: u64, token: &'static str) -> Ended {
    let request = StartRequest { at: timestamp(at), token: token.to_owned() };
    match connection::name() {
        Ok(name) => Ended::Started(causeway_runs::start(&engine, &name, &request).await),
        Err(failure) => Ended::Started(Err(failure)),
    }
}

/// Registers the connection.
pub(crate) async fn register(engine: Engine, registered: Registered) -> Ended {
    Ended::Registered(causeway_runs::register(&engine, &registered).await)
}

/// Resumes the live run, if there is one.
pub(crate) async fn resume(engine: Engine) -> Ended {
    match connection::name() {
        Ok(name) => Ended::Resumed(causeway_runs::resume(&engine, &name).await),
        Err(failure) => Ended::Resumed(Err(failure)),
    }
}

/// Does what a person asks for to the newest run.
pub(crate) async fn intervene(engine: Engine, kind: InterventionKind) -> Ended {
    Ended::Intervened(newest(&engine, kind).await)
}

async fn newest(engine: &Engine, kind: InterventionKind) -> Result<(), Failure> {
    let name = connection::name()?;
    let Some(run) = causeway_runs::load(engine, &name).await?.record.current_run else { return Ok(()) };
    let person = Person { by: "anna".to_owned(), note: String::new() };
    match kind {
        InterventionKind::Approve => {
            causeway_runs::approve(engine, (&name, &run), &person, None).await.map(drop)
        }
        InterventionKind::Discard => causeway_runs::discard(engine, (&name, &run), &person).await.map(drop),
        InterventionKind::Redrive => causeway_runs::redrive(engine, (&name, &run), &person).await.map(drop),
    }
}

/// The engine whose every port is simulated, as this version or the next has it.
pub(crate) fn engine(sim: &Sim, version: Version) -> Engine {
    use crate::ports::{queue::SimQueue, store::SimObjects, time::SimTime};
    let queue = |number| Arc::new(SimQueue { sim: sim.clone(), number, version }) as Arc<dyn Queue>;
    let first_check = std::time::Duration::from_secs(if version == Version::This { 2 } else { 5 });
    Engine {
        objects: Arc::new(SimObjects { sim: sim.clone(), version }),
        queues: causeway_runs::Queues { work: queue(0), finalize: queue(1), deliver: queue(2) },
        clock: Arc::new(SimTime(sim.clone())),
        ids: Arc::new(SimTime(sim.clone())),
        connectors: Arc::new(connection::SimConnectors { sim: sim.clone(), version }),
        pacing: causeway_runs::Pacing { first_check, longest_check: std::time::Duration::from_secs(30) },
    }
}
