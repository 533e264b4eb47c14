//! Lambda: the processes of one function, and the event source that hands them the messages of a queue in batches.

use super::cloud::Cloud;
use super::process::{Share, computed, peak_mib};
use crate::BoxError;
use crate::stopwatch::{Moment, pause};
use causeway_runtime_api::{InvocationResult, Running};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The longest that an invocation may take.
const LASTS: Duration = Duration::from_secs(300);

/// How often an idle process looks for messages. Lambda's own pollers wait at the queue and are as quick.
const LOOK: Duration = Duration::from_millis(5);

/// A program that Lambda runs.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment.
    pub variables: Vec<(String, String)>,
}

/// How a function is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Processes side by side.
    pub processes: usize,
    /// Messages of an event, at most.
    pub batch: usize,
    /// Memory that is paid for, in MB.
    pub memory: u64,
    /// Whether a process gets no more of a processor than Lambda gives with that memory.
    pub share: bool,
}

/// What a function used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Used {
    /// Events.
    pub invocations: u64,
    /// Messages that were handed out, each time they were.
    pub messages: u64,
    /// Of those, the ones that came back.
    pub came_back: u64,
    /// Milliseconds that Lambda would bill: of each event, rounded up.
    pub billed_ms: u64,
    /// Seconds of computing.
    pub cpu_seconds: f64,
    /// Most memory of one process, in MiB.
    pub peak_mib: f64,
    /// Megabytes that are paid for.
    pub memory: u64,
}

impl Used {
    /// Memory times time, as Lambda bills it.
    pub fn gb_seconds(&self) -> f64 {
        self.billed_ms as f64 / 1e3 * self.memory as f64 / 1024.0
    }

    fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.messages += other.messages;
        self.came_back += other.came_back;
        self.billed_ms += other.billed_ms;
        self.cpu_seconds += other.cpu_seconds;
        self.peak_mib = self.peak_mib.max(other.peak_mib);
    }
}

/// Starts a program as Lambda does, and waits until it asks for an event.
///
/// # Errors
/// When it ends before; then with what it said.
pub(super) async fn started(program: &Program) -> Result<Running, BoxError> {
    let arguments: Vec<&str> = program.arguments.iter().map(String::as_str).collect();
    let mut running = Running::start_with(&program.path, &arguments, &program.variables).await?;
    if running.ready().await {
        return Ok(running);
    }
    Err(format!("{} ended: {}", program.path.display(), running.log().join("\n")).into())
}

/// Hands one event to a program that is started for it.
///
/// # Errors
/// When it answers with an error, or not at all.
pub(super) async fn ask(program: &Program, event: Value) -> Result<Value, BoxError> {
    let mut running = started(program).await?;
    let answer = running.invoke(event, LASTS).await;
    match answer {
        Some(InvocationResult::Response(answer)) => Ok(answer),
        other => Err(format!("{other:?}: {}", running.log().join("\n")).into()),
    }
}

/// A process at work, and its share.
struct Worker {
    running: Running,
    _share: Option<Share>,
    before: f64,
    used: Used,
}

impl Worker {
    async fn start(program: &Program, setting: Setting) -> Result<Self, BoxError> {
        let running = started(program).await?;
        let share = setting.share.then(|| Share::give(running.process(), setting.memory)).transpose()?;
        let before = computed(running.process())?;
        Ok(Self { running, _share: share, before, used: Used::default() })
    }

    /// Hands out one event, and takes off the queue what did not fail.
    async fn event(&mut self, cloud: &Cloud, queue: &str, records: Vec<Value>) -> Result<(), BoxError> {
        let begun = Moment::now();
        let answer = self.running.invoke(json!({ "Records": records }), LASTS).await;
        let took = begun.passed();
        self.used.invocations += 1;
        self.used.messages += records.len() as u64;
        self.used.billed_ms += u64::try_from(took.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
        let Some(InvocationResult::Response(answer)) = answer else {
            return Err(format!("{answer:?}: {}", self.running.log().join("\n")).into());
        };
        let failures = answer.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
        let failed: BTreeSet<&str> =
            failures.filter_map(|failure| failure.get("itemIdentifier")?.as_str()).collect();
        self.used.came_back += failed.len() as u64;
        let mut account = cloud.account();
        for id in records.iter().filter_map(|record| record.get("messageId")?.as_str()) {
            if !failed.contains(id) {
                account.queues.delete(queue, id);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Used, BoxError> {
        let process = self.running.process();
        self.used.cpu_seconds = computed(process)? - self.before;
        self.used.peak_mib = peak_mib(process)?;
        Ok(self.used)
    }
}

/// Works off `queue` until `over` says so, in processes that are started before the first message is handed out.
///
/// # Errors
/// When a process does not start, or does not answer.
pub(super) async fn work_off(
    cloud: Cloud,
    queue: &'static str,
    program: Program,
    setting: Setting,
    over: impl Fn(&Cloud) -> bool + Send + Sync + Clone + 'static,
) -> Result<(Used, Duration), BoxError> {
    let mut workers = Vec::new();
    for _ in 0..setting.processes {
        workers.push(Worker::start(&program, setting).await?);
    }
    let begun = Moment::now();
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let mut tasks = tokio::task::JoinSet::new();
    for mut worker in workers {
        let (cloud, over, stop) = (cloud.clone(), over.clone(), std::sync::Arc::clone(&stop));
        tasks.spawn(async move {
            while !stop.load(Ordering::Relaxed) && !over(&cloud) {
                let records = cloud.account().queues.take(queue, setting.batch);
                if records.is_empty() {
                    pause(LOOK).await;
                } else {
                    worker.event(&cloud, queue, records).await.inspect_err(|_| {
                        stop.store(true, Ordering::Relaxed);
                    })?;
                }
            }
            worker.finish()
        });
    }
    let mut all = Used { memory: setting.memory, ..Used::default() };
    while let Some(used) = tasks.join_next().await {
        all.add(&used??);
    }
    Ok((all, begun.passed()))
}
