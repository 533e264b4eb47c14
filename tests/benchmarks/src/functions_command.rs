//! `bench start`, `bench functions` and `bench pages`: the functions as they are deployed.

use crate::function_tables as tables;
use crate::show;
use causeway_benchmarks::BoxError;
use causeway_benchmarks::functions::million::Variants;
use causeway_benchmarks::functions::{Built, World, million, start, whole};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::time::Duration;

/// What is measured of the functions.
#[derive(Subcommand)]
pub(crate) enum OfFunctions {
    /// From the start of a process to its first poll, memory and zip, beside hello world.
    Start {
        #[command(flatten)]
        places: Places,
        /// Starts of each.
        #[arg(long, default_value_t = 40)]
        starts: usize,
    },
    /// The page work of a run by batch size and processes, beside a plain Python handler.
    Functions {
        #[command(flatten)]
        places: Places,
        #[command(flatten)]
        distance: Distance,
        /// Findings of the vendor, one size after the other.
        #[arg(long, value_delimiter = ',', default_values_t = [20_000, 100_000])]
        findings: Vec<u32>,
        /// Rows of a page.
        #[arg(long, default_value_t = 1_000)]
        page_size: u32,
        /// Messages of an event.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 10])]
        batches: Vec<usize>,
        /// Processes side by side.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
        processes: Vec<usize>,
        /// Memory that is paid for, in MB.
        #[arg(long, default_value_t = 512)]
        memory: u64,
        /// Gives each process no more of a processor than Lambda gives with this memory.
        #[arg(long)]
        share: bool,
        /// Leaves the Python handler out.
        #[arg(long)]
        alone: bool,
    },
    /// Whole runs: messages, requests, checks and time by workers.
    Pages {
        #[command(flatten)]
        places: Places,
        #[command(flatten)]
        distance: Distance,
        /// Findings of the vendor.
        #[arg(long, default_value_t = 26_000)]
        findings: u32,
        /// Rows of a page.
        #[arg(long, default_value_t = 3)]
        page_size: u32,
        /// Worker processes, one run after the other.
        #[arg(long, value_delimiter = ',', default_values_t = [2, 10, 50])]
        workers: Vec<usize>,
        /// Pages of an event.
        #[arg(long, default_value_t = 10)]
        batch: usize,
        /// Keeps the vendor's limit of 33 requests a second.
        #[arg(long)]
        limited: bool,
    },
}

/// Where everything was built.
#[derive(Args)]
pub(crate) struct Places {
    /// Folder that `make zips` fills.
    #[arg(long, default_value = "target/lambda")]
    functions: PathBuf,
    /// The hello-world function.
    #[arg(long, default_value = "target/release/hello-function")]
    hello: PathBuf,
    /// Folder of the virtual environments.
    #[arg(long, default_value = ".tools")]
    tools: PathBuf,
    /// Folder of the peers' programs.
    #[arg(long, default_value = "tests/bench-peers")]
    programs: PathBuf,
}

/// How far away the others are.
#[derive(Args)]
pub(crate) struct Distance {
    /// Milliseconds that the vendor takes for an answer.
    #[arg(long, default_value_t = 300)]
    vendor_ms: u64,
    /// Milliseconds that AWS takes for a request, at least.
    #[arg(long, default_value_t = 0)]
    cloud_ms: u64,
}

impl Places {
    /// The same from any folder.
    fn absolute(&self) -> Result<Self, BoxError> {
        Ok(Self {
            functions: std::path::absolute(&self.functions)?,
            hello: std::path::absolute(&self.hello)?,
            tools: std::path::absolute(&self.tools)?,
            programs: std::path::absolute(&self.programs)?,
        })
    }

    fn built(&self) -> Built<'_> {
        Built { functions: &self.functions, hello: &self.hello, tools: &self.tools, programs: &self.programs }
    }
}

/// Measures and shows.
pub(crate) async fn run(of: &OfFunctions, json: bool, progress: &ProgressBar) -> Result<(), BoxError> {
    match of {
        OfFunctions::Start { places, starts } => {
            let places = places.absolute()?;
            let all = start::measure(places.built(), *starts, progress).await?;
            progress.finish_and_clear();
            show(json, &all, || vec![tables::starts(&all, *starts)])
        }
        OfFunctions::Functions {
            places,
            distance,
            findings,
            page_size,
            batches,
            processes,
            memory,
            share,
            alone,
        } => {
            let places = places.absolute()?;
            let variants = Variants {
                batches: batches.clone(),
                processes: processes.clone(),
                memory: *memory,
                share: *share,
                cloud: Duration::from_millis(distance.cloud_ms),
                python: !*alone,
            };
            let mut all = Vec::new();
            for findings in findings {
                progress.set_message(format!("functions: {findings} findings"));
                let world = distance.world(*findings, *page_size, false);
                all.extend(million::measure(places.built(), world, &variants, progress).await?);
            }
            progress.finish_and_clear();
            show(json, &all, || vec![tables::page_work(&all, &variants), tables::page_requests(&all)])
        }
        OfFunctions::Pages { places, distance, findings, page_size, workers, batch, limited } => {
            let places = places.absolute()?;
            progress.set_message(format!("pages: {findings} findings"));
            let world = distance.world(*findings, *page_size, *limited);
            let cloud = Duration::from_millis(distance.cloud_ms);
            let all = whole::measure(places.built(), world, (workers, *batch), cloud, progress).await?;
            progress.finish_and_clear();
            show(json, &all, || tables::wholes(&all))
        }
    }
}

impl Distance {
    fn world(&self, findings: u32, page_size: u32, limited: bool) -> World {
        World { findings, page_size, vendor: Duration::from_millis(self.vendor_ms), limited }
    }
}
