//! The page work of a million findings: what it costs by batch size and processes, beside a plain Python handler that
//! takes the same messages, asks the same vendor and writes to the same bucket.

use super::crew::{Program, Setting, Used, work_off};
use super::{Built, Plant, World, there};
use crate::BoxError;
use crate::peers::streams;
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is varied.
#[derive(Debug, Clone)]
pub struct Variants {
    /// Messages of an event.
    pub batches: Vec<usize>,
    /// Processes side by side.
    pub processes: Vec<usize>,
    /// Memory of a function, in MB.
    pub memory: u64,
    /// Whether a process has the share of a processor that goes with it.
    pub share: bool,
    /// How long AWS takes for a request.
    pub cloud: Duration,
    /// Whether the Python handler takes part.
    pub python: bool,
}

/// The page work of one run by one contestant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageWork {
    /// Who did it.
    pub name: &'static str,
    /// How.
    pub setting: Setting,
    /// Findings of the vendor.
    pub findings: u32,
    /// Pages, each a message.
    pub pages: u64,
    /// What its processes used.
    pub used: Used,
    /// From the first message to the last.
    pub wall_seconds: f64,
    /// Requests to the vendor.
    pub vendor_requests: u64,
    /// Requests to AWS by kind.
    pub requests: BTreeMap<String, u64>,
}

impl PageWork {
    /// What a million findings would use, in GB-seconds.
    pub fn gb_seconds_a_million(&self) -> f64 {
        self.used.gb_seconds() * 1e6 / f64::from(self.findings.max(1))
    }
}

/// Measures every variant in a world; the vendor's answers are made before, by a run that does not count.
///
/// # Errors
/// When a contestant does not do its work.
pub async fn measure(
    built: Built<'_>,
    world: World,
    variants: &Variants,
    progress: &ProgressBar,
) -> Result<Vec<PageWork>, BoxError> {
    let plant = Plant::new(built.functions, world).await?;
    let mut contestants = vec![("Causeway", plant.function("worker", 1))];
    if variants.python {
        contestants.push(("Python", python(built, &plant)?));
    }
    let warm = Setting { processes: 2, batch: 10, memory: variants.memory, share: false };
    for (name, program) in &contestants {
        once(&plant, (name, program), world, warm, Duration::ZERO).await?;
    }
    progress.set_length((contestants.len() * variants.batches.len() * variants.processes.len()) as u64);
    let mut all = Vec::new();
    for batch in &variants.batches {
        for processes in &variants.processes {
            for (name, program) in &contestants {
                let setting = Setting {
                    processes: *processes,
                    batch: *batch,
                    memory: variants.memory,
                    share: variants.share,
                };
                all.push(once(&plant, (name, program), world, setting, variants.cloud).await?);
                progress.inc(1);
            }
        }
    }
    Ok(all)
}

async fn once(
    plant: &Plant,
    (name, program): (&'static str, &Program),
    world: World,
    setting: Setting,
    cloud: Duration,
) -> Result<PageWork, BoxError> {
    plant.start_run(cloud).await?;
    plant.cloud.account().requests.clear();
    let pages = plant.cloud.account().queues.left("plant-work") as u64;
    let asked = plant.vendor.asked();
    let over = |cloud: &super::Cloud| cloud.account().queues.left("plant-work") == 0;
    let (used, wall) = work_off(plant.cloud.clone(), "plant-work", program.clone(), setting, over).await?;
    let requests = plant.cloud.account().requests.clone();
    if requests.get("s3:PutObject").is_none_or(|writes| *writes < pages) || used.came_back > 0 {
        return Err(format!("{name} did not do the work: {used:?} {requests:?}").into());
    }
    Ok(PageWork {
        name,
        setting,
        findings: world.findings,
        pages,
        used,
        wall_seconds: wall.as_secs_f64(),
        vendor_requests: plant.vendor.asked() - asked,
        requests,
    })
}

/// The handler below AWS's own runtime for Python.
fn python(built: Built<'_>, plant: &Plant) -> Result<Program, BoxError> {
    let path = built.python();
    there(&path)?;
    let mut variables = plant.cloud.environment("worker", 1);
    let folder = built.programs.to_string_lossy().into_owned();
    for (name, value) in [
        ("PYTHONPATH", folder.clone()),
        ("LAMBDA_TASK_ROOT", folder),
        ("PEER_BASE_URL", plant.vendor.address.clone()),
        ("PEER_TOKEN", causeway_simulators::xdome::Token::DEFAULT.to_owned()),
        ("PEER_STREAMS", streams()?.to_string()),
    ] {
        variables.push((name.to_owned(), value));
    }
    let arguments = ["-m", "awslambdaric", "lambda_xdome.handler"].map(str::to_owned).to_vec();
    Ok(Program { path, arguments, variables })
}
