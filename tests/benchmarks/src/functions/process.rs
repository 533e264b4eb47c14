//! What a process that runs has used so far, and its share of a processor. As Linux tells it, in `/proc`.

use crate::BoxError;
use std::fs;
use std::path::{Path, PathBuf};

/// Megabytes of memory at which Lambda gives one whole processor.
const WHOLE: u64 = 1_769;

/// Microseconds in which a share is used up, or not.
const PERIOD: u64 = 20_000;

/// Seconds that the threads of a process have computed. Those of threads that have ended are not in it.
///
/// # Errors
/// When the process is gone.
pub(super) fn computed(process: u32) -> Result<f64, BoxError> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let told = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += told.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

/// Most memory that a process has held so far, in MiB.
///
/// # Errors
/// When the process is gone.
pub(super) fn peak_mib(process: u32) -> Result<f64, BoxError> {
    let told = fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = told.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    let kibibytes: f64 = peak.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}

/// A group of one process that gets no more of a processor than Lambda gives at a size of memory.
#[derive(Debug)]
pub(super) struct Share(PathBuf);

impl Share {
    /// Gives `process` the share that Lambda gives with `megabytes`. Needs the right to make control groups.
    ///
    /// # Errors
    /// When this system does not let us.
    pub(super) fn give(process: u32, megabytes: u64) -> Result<Self, BoxError> {
        let quota = PERIOD * megabytes / WHOLE;
        let name = format!("causeway-bench-{process}");
        let old = Path::new("/sys/fs/cgroup/cpu");
        let (folder, settings) = if old.join("cpu.cfs_quota_us").exists() {
            let settings =
                [("cpu.cfs_period_us", PERIOD.to_string()), ("cpu.cfs_quota_us", quota.to_string())];
            (old.join(name), settings.to_vec())
        } else {
            (Path::new("/sys/fs/cgroup").join(name), vec![("cpu.max", format!("{quota} {PERIOD}"))])
        };
        let refused = |error: std::io::Error| {
            format!(
                "{}: {error}; without the right to make control groups, leave shares out",
                folder.display()
            )
        };
        fs::create_dir(&folder).map_err(refused)?;
        let share = Self(folder.clone());
        for (name, value) in settings.into_iter().chain([("cgroup.procs", process.to_string())]) {
            fs::write(folder.join(name), value).map_err(refused)?;
        }
        Ok(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Empty once its process is gone; one that stays behind limits nobody.
        let _ = fs::remove_dir(&self.0);
    }
}
