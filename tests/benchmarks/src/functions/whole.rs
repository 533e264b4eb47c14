//! Whole runs by the real binaries: pages, checks and deliveries, until the run is decided.

use super::crew::{Setting, Used, work_off};
use super::{Built, Cloud, Plant, World};
use crate::BoxError;
use crate::stopwatch::{Moment, pause};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Memory of the functions, as in the template: worker, finalizer, deliverer.
const MEMORY: [u64; 3] = [512, 1_769, 512];

/// Messages of an event, as in the template, of finalizer and deliverer.
const BATCH: [usize; 2] = [1, 2];

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whole {
    /// Findings of the vendor.
    pub findings: u32,
    /// Pages of both streams.
    pub pages: u64,
    /// Worker processes side by side.
    pub workers: usize,
    /// Pages in an event.
    pub batch: usize,
    /// From the start of the scheduler to the outcome.
    pub wall_seconds: f64,
    /// From there to the last staged page.
    pub pages_seconds: f64,
    /// Requests to the vendor.
    pub vendor_requests: u64,
    /// Requests to AWS by kind, those of the event sources left out.
    pub requests: BTreeMap<String, u64>,
    /// What worker, finalizer and deliverer used.
    pub used: BTreeMap<&'static str, Used>,
    /// How the run ended.
    pub outcome: String,
    /// Objects that the bucket holds after it.
    pub objects: usize,
}

/// Plays one run for each number of workers.
///
/// # Errors
/// When a function does not answer.
pub async fn measure(
    built: Built<'_>,
    world: World,
    (workers, batch): (&[usize], usize),
    cloud: Duration,
    progress: &ProgressBar,
) -> Result<Vec<Whole>, BoxError> {
    let plant = Plant::new(built.functions, world).await?;
    progress.set_length(workers.len() as u64 + 1);
    // The vendor's answers are made by a run that does not count.
    once(&plant, world, (2, batch), Duration::ZERO).await?;
    let mut all = Vec::new();
    for workers in workers {
        progress.inc(1);
        all.push(once(&plant, world, (*workers, batch), cloud).await?);
    }
    Ok(all)
}

async fn once(
    plant: &Plant,
    world: World,
    (workers, batch): (usize, usize),
    latency: Duration,
) -> Result<Whole, BoxError> {
    let asked = plant.vendor.asked();
    let begun = Moment::now();
    let key = plant.start_run(latency).await?;
    let pages = plant.cloud.account().queues.left("plant-work") as u64;
    let outcome = move |cloud: &Cloud| cloud.account().bucket.get(&key).cloned();
    let crew = |name: &str, queue, memory, processes, batch| {
        let decided = outcome.clone();
        let setting = Setting { processes, batch, memory, share: false };
        let program = plant.function(name, if name == "worker" { workers } else { 2 });
        work_off(plant.cloud.clone(), queue, program, setting, move |cloud| decided(cloud).is_some())
    };
    let [work, check, deliver] = MEMORY;
    let [checks, deliveries] = BATCH;
    let staged = async {
        while plant.cloud.account().queues.left("plant-work") > 0 && outcome(&plant.cloud).is_none() {
            pause(Duration::from_millis(20)).await;
        }
        begun.passed()
    };
    let (worker, finalizer, deliverer, staged) = tokio::join!(
        crew("worker", "plant-work", work, workers, batch),
        crew("finalizer", "plant-finalize", check, 1, checks),
        crew("deliverer", "plant-deliver", deliver, 2, deliveries),
        staged
    );
    let ended = begun.passed();
    let used =
        BTreeMap::from([("worker", worker?.0), ("finalizer", finalizer?.0), ("deliverer", deliverer?.0)]);
    let told: Value = serde_json::from_slice(&outcome(&plant.cloud).unwrap_or_default())?;
    let account = plant.cloud.account();
    Ok(Whole {
        findings: world.findings,
        pages,
        workers,
        batch,
        wall_seconds: ended.as_secs_f64(),
        pages_seconds: staged.as_secs_f64(),
        vendor_requests: plant.vendor.asked() - asked,
        requests: account.requests.clone(),
        used,
        outcome: told.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned(),
        objects: account.bucket.keys().count(),
    })
}
