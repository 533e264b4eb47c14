//! Child processes and what they use.

use crate::BoxError;
use crate::stopwatch::timed;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// What a process and its children used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Seconds from start to end.
    pub wall_seconds: f64,
    /// Seconds of computing, over all cores.
    pub cpu_seconds: f64,
    /// Most memory held by one process, in MiB. Of several processes the largest counts alone.
    pub peak_mib: f64,
    /// Whether it ended well.
    pub well: bool,
}

/// Runs `command` as the only child of this process and tells what it used.
///
/// # Errors
/// When it cannot be started.
pub fn spend(command: &[String]) -> Result<Spent, BoxError> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let (status, wall) = timed(|| Command::new(program).args(arguments).status());
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let computed = (used.user_time() + used.system_time()).num_microseconds();
    Ok(Spent {
        wall_seconds: wall.as_secs_f64(),
        cpu_seconds: computed as f64 / 1e6,
        peak_mib: used.max_rss() as f64 / 1024.0,
        well: status?.success(),
    })
}

/// Runs `command` below a process of this program that does nothing else, because the system counts memory by parent.
/// What it prints is kept in the files `out` and `err` of `folder`.
///
/// # Errors
/// When it cannot be started or does not end well; then with the end of what it printed.
pub fn measure(
    folder: &Path,
    variables: &[(&str, String)],
    command: &[impl AsRef<str>],
) -> Result<Spent, BoxError> {
    let report = folder.join("spent.json");
    let (out, err) = (folder.join("out"), folder.join("err"));
    let mut process = Command::new(std::env::current_exe()?);
    process.arg("child").arg(&report).arg("--").args(command.iter().map(AsRef::as_ref));
    process.envs(variables.iter().map(|(name, value)| (name, value))).current_dir(folder);
    process.stdout(std::fs::File::create(&out)?).stderr(std::fs::File::create(&err)?);
    process.status()?;
    let spent: Spent = serde_json::from_slice(&std::fs::read(&report)?)?;
    if spent.well {
        return Ok(spent);
    }
    let told = std::fs::read_to_string(&err)? + &std::fs::read_to_string(&out)?;
    let last: Vec<&str> = told.lines().rev().take(12).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    let name = command.first().map(AsRef::as_ref).unwrap_or_default();
    Err(format!("{name} did not end well:\n{}", last.join("\n")).into())
}
