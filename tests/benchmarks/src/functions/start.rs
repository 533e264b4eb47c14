//! From the start of a process to its first poll, beside a function that does nothing: in turn, so that both meet the
//! same moments of the machine.

use super::crew::{Program, started};
use super::process::{computed, peak_mib};
use super::{Built, Cloud, FUNCTIONS, there};
use crate::BoxError;
use crate::stopwatch::{Moment, median, ninth_tenth};
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::Path;

/// Starts before those that count: the first ones read the program from disk.
const WARM_UP: usize = 2;

/// How one program starts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Start {
    /// The function, or `hello world`.
    pub name: String,
    /// Milliseconds to the first poll: the middle of all starts.
    pub median_ms: f64,
    /// What nine of ten starts do not exceed.
    pub p90_ms: f64,
    /// Times the median of hello world.
    pub over_hello: f64,
    /// Milliseconds of computing until then, median.
    pub cpu_ms: f64,
    /// Most memory until then, in MiB, median.
    pub peak_mib: f64,
    /// Bytes of the zip, where there is one.
    pub zip_bytes: Option<u64>,
    /// Bytes of the executable.
    pub binary_bytes: u64,
}

/// A program and what its starts took.
struct Starting {
    name: String,
    program: Program,
    zip_bytes: Option<u64>,
    took: Vec<[f64; 3]>,
}

impl Starting {
    fn new(name: &str, path: &Path, cloud: &Cloud) -> Result<Self, BoxError> {
        let program = Program {
            path: there(path)?.to_owned(),
            arguments: Vec::new(),
            variables: cloud.environment(name, 2),
        };
        Ok(Self { name: name.to_owned(), program, zip_bytes: None, took: Vec::new() })
    }

    async fn once(&self) -> Result<[f64; 3], BoxError> {
        let begun = Moment::now();
        let running = started(&self.program).await?;
        let took = begun.passed().as_secs_f64() * 1e3;
        let process = running.process();
        Ok([took, computed(process)? * 1e3, peak_mib(process)?])
    }

    fn middle(&self, of: usize) -> f64 {
        let values: Vec<f64> = self.took.iter().filter_map(|took| took.get(of)).copied().collect();
        median(&values)
    }

    fn told(&self, hello: f64) -> Result<Start, BoxError> {
        let times: Vec<f64> = self.took.iter().map(|[took, ..]| *took).collect();
        Ok(Start {
            name: self.name.clone(),
            median_ms: self.middle(0),
            p90_ms: ninth_tenth(&times),
            over_hello: self.middle(0) / hello,
            cpu_ms: self.middle(1),
            peak_mib: self.middle(2),
            zip_bytes: self.zip_bytes,
            binary_bytes: self.program.path.metadata()?.len(),
        })
    }
}

/// Starts hello world and all functions in turn, `rounds` times.
///
/// # Errors
/// When one of them does not start.
pub async fn measure(
    built: Built<'_>,
    rounds: usize,
    progress: &ProgressBar,
) -> Result<Vec<Start>, BoxError> {
    let cloud = Cloud::start().await?;
    let mut all = vec![Starting::new("hello world", built.hello, &cloud)?];
    for name in FUNCTIONS {
        let mut starting = Starting::new(name, &built.functions.join("functions/bootstrap"), &cloud)?;
        let zip = built.functions.join("functions.zip");
        starting.zip_bytes = zip.metadata().ok().map(|zip| zip.len());
        all.push(starting);
    }
    progress.set_length(((rounds + WARM_UP) * all.len()) as u64);
    for round in 0..rounds + WARM_UP {
        for starting in &mut all {
            let took = starting.once().await?;
            if round >= WARM_UP {
                starting.took.push(took);
            }
            progress.inc(1);
        }
    }
    let hello = all.first().map_or(1.0, |hello| hello.middle(0));
    all.iter().map(|starting| starting.told(hello)).collect()
}
