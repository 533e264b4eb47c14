//! `bench`: runs the benchmarks and shows their figures.

mod function_tables;
mod functions_command;
mod tables;

use causeway_benchmarks::pages::Pages;
use causeway_benchmarks::peers::Places;
use causeway_benchmarks::{BoxError, child, ledger, peers, runs, transform};
use causeway_domain::Stream;
use clap::{Args, Parser, Subcommand};
use comfy_table::Table;
use functions_command::OfFunctions;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures Causeway beside what else could do the work.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// Prints JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Pages parsed, mapped and written, on one core.
    Transform {
        /// Findings in the pages; a tenth as many assets.
        #[arg(long, default_value_t = 20_000)]
        findings: u32,
        /// Rounds that the medians are of.
        #[arg(long, default_value_t = 15)]
        rounds: usize,
    },
    /// Whole runs against simulators in processes of their own: a first one, and a second after one percent of change.
    Run {
        #[command(flatten)]
        tools: Tools,
        /// Findings of the vendor, one size after the other.
        #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
        findings: Vec<u32>,
    },
    /// Reconciling a ledger with a run of one percent of change, beside DuckDB's join of the same files.
    Reconcile {
        #[command(flatten)]
        tools: Tools,
        /// Findings in the ledger, one size after the other.
        #[arg(long, value_delimiter = ',', default_values_t = [1_000_000])]
        rows: Vec<u32>,
    },
    /// Makes the plan that `reconcile` has prepared.
    #[command(hide = true)]
    Plan {
        /// The home.
        home: PathBuf,
        /// What its rows are made of.
        pool: PathBuf,
        /// Findings in the ledger.
        rows: u32,
    },
    /// The same job by dlt and by the Singer SDK.
    Peers {
        #[command(flatten)]
        tools: Tools,
        /// Findings of the vendor.
        #[arg(long, default_value_t = 20_000)]
        findings: u32,
    },
    #[command(flatten)]
    OfFunctions(OfFunctions),
    /// Runs one command and writes what it used to a file.
    #[command(hide = true)]
    Child {
        /// The file.
        report: PathBuf,
        /// The command.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

/// What the benchmarks of whole programs call.
#[derive(Args)]
struct Tools {
    /// The binary that is measured.
    #[arg(long, default_value = "target/release/causeway")]
    causeway: PathBuf,
    /// Folder of the virtual environments.
    #[arg(long, default_value = ".tools")]
    tools: PathBuf,
    /// Folder of the peers' programs.
    #[arg(long, default_value = "tests/bench-peers")]
    programs: PathBuf,
}

impl Tools {
    /// The same from any folder.
    fn found(&self) -> Result<[PathBuf; 3], BoxError> {
        let absolute = |path: &PathBuf| {
            std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        Ok([absolute(&self.causeway)?, absolute(&self.tools)?, absolute(&self.programs)?])
    }
}

fn places([causeway, tools, programs]: &[PathBuf; 3]) -> Places<'_> {
    Places { causeway, tools, programs }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let told = writeln!(io::stderr(), "bench: {trouble}");
            ExitCode::from(if told.is_ok() { 1 } else { 2 })
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), BoxError> {
    let runtime = causeway_runs::runtime()?;
    let progress = progress()?;
    match &arguments.benchmark {
        Benchmark::Transform { findings, rounds } => {
            let mut all = Vec::new();
            for (stream, rows) in [(Stream::Findings, *findings), (Stream::Assets, (*findings / 10).max(1))] {
                progress.set_message(format!("transform: {rows} {stream}"));
                let pages = runtime.block_on(Pages::read(stream, rows))?;
                all.push(transform::measure(&pages, *rounds, &progress)?);
            }
            progress.finish_and_clear();
            show(arguments.json, &all, || all.iter().map(tables::transform).collect())
        }
        Benchmark::Run { tools, findings } => {
            let [causeway, ..] = tools.found()?;
            let mut all = Vec::new();
            for findings in findings {
                progress.set_message(format!("two runs: {findings} findings"));
                all.push(runtime.block_on(runs::measure_runs(&causeway, *findings))?);
            }
            progress.finish_and_clear();
            show(arguments.json, &all, || vec![tables::runs(&all)])
        }
        Benchmark::Reconcile { tools, rows } => {
            let found = tools.found()?;
            let mut all = Vec::new();
            for rows in rows {
                all.push(runtime.block_on(ledger::measure_plan(places(&found), *rows, &progress))?);
            }
            progress.finish_and_clear();
            show(arguments.json, &all, || vec![tables::reconcile(&all)])
        }
        Benchmark::Plan { home, pool, rows } => {
            let told = runtime.block_on(ledger::plan(home, pool, *rows))?;
            Ok(writeln!(io::stdout(), "{told}")?)
        }
        Benchmark::Peers { tools, findings } => {
            progress.set_message(format!("peers: {findings} findings"));
            let peers = runtime.block_on(peers::compare(places(&tools.found()?), *findings))?;
            progress.finish_and_clear();
            show(arguments.json, &peers, || vec![tables::peers(*findings, &peers)])
        }
        Benchmark::OfFunctions(of) => runtime.block_on(functions_command::run(of, arguments.json, &progress)),
        Benchmark::Child { report, command } => {
            Ok(std::fs::write(report, serde_json::to_vec(&child::spend(command)?)?)?)
        }
    }
}

/// On terminals only; indicatif sees to that.
fn progress() -> Result<ProgressBar, BoxError> {
    let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}")?;
    let progress = ProgressBar::new(0).with_style(style);
    progress.enable_steady_tick(Duration::from_millis(100));
    Ok(progress)
}

fn show<T: serde::Serialize>(
    json: bool,
    figures: &T,
    tables: impl FnOnce() -> Vec<(String, Table)>,
) -> Result<(), BoxError> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, figures)?;
        writeln!(out)?;
    } else {
        for (title, table) in tables() {
            writeln!(out, "{title}\n\n{table}\n")?;
        }
    }
    Ok(())
}
