//! The home folder: everything Causeway keeps on one machine.
//!
//! ```text
//! format            version of this layout
//! engine.lock       held by the process that works on runs; its process id inside, whether it serves, and whether it
//!                   was stopping
//! objects/          the object store, one file per object
//! queue.sqlite      the queues and their dead letters
//! secrets.sqlite    secrets, encrypted
//! keys/identity     the key of the secrets, unless it is kept elsewhere
//! ```

use crate::{LocalObjects, LocalQueues, LocalSecrets, faults, ownership, whole_file};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Ids};
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Start of the format text of every version.
pub(crate) const FORMAT_NAME: &str = "causeway-home ";

pub(crate) const FORMAT: &str = "causeway-home 1";

/// An open home folder.
#[derive(Debug, Clone)]
pub struct Home {
    path: PathBuf,
}

/// The lock of the home, released when dropped or when the process dies.
///
/// A stopping process marks the lock file. One that was killed, overflowed its stack
/// or ran out of memory cannot, which tells the next holder that it died.
#[derive(Debug)]
pub struct HomeLock {
    file: File,
    serves: bool,
    /// Whether the previous holder died and this has not been handled yet.
    left_by_a_death: bool,
}

/// The process that works on the runs of a home.
#[derive(Debug)]
pub enum Workplace {
    /// This process.
    Own(HomeLock),
    /// Another process, which serves until it is stopped and processes the queues.
    Served,
}

/// Follows the process id in the lock file of a process that serves.
const SERVING: &str = " serving";

/// Stands last in the lock file of a process that stops or has stopped.
const STOPPING: &str = " stopping";

impl HomeLock {
    /// Takes the lock of the home at `path`.
    pub(crate) fn take(path: &Path) -> Result<Self, Failure> {
        let fault = |error: io::Error| faults::of_file(subject(path), "lock it", &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path.join("engine.lock")).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let detail = format!("{} works on this home", holder(&mut file).map_err(fault)?);
                return Err(Failure::new(FailureKind::RunInProgress, subject(path), detail));
            }
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        let mut before = String::new();
        file.read_to_string(&mut before).map_err(fault)?;
        let before = before.trim_end();
        let left_by_a_death = !before.is_empty() && !before.ends_with(STOPPING);
        file.set_len(0).map_err(fault)?;
        let mut lock = Self { file, serves: false, left_by_a_death };
        lock.write("").map_err(fault)?;
        Ok(lock)
    }

    /// The holder of the lock of the home at `path`, if any. Changes nothing.
    pub(crate) fn holder(path: &Path) -> Result<Option<String>, Failure> {
        let fault = |error: io::Error| faults::of_file(subject(path), "look at its lock", &error);
        let mut file = match File::open(path.join("engine.lock")) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => holder(&mut file).map(Some).map_err(fault),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }

    /// Marks this process as serving, so that others may leave their runs to it.
    ///
    /// # Errors
    /// `StoreUnavailable` when the lock file cannot be written.
    pub fn serve(&mut self) -> Result<(), Failure> {
        let fault = |error: io::Error| faults::of_file("engine.lock".to_owned(), "write it", &error);
        self.serves = true;
        self.write("").map_err(fault)
    }

    /// Whether the previous holder of the lock died instead of stopping. Returns it once, because the caller
    /// handles it.
    pub fn was_left_by_a_death(&mut self) -> bool {
        std::mem::take(&mut self.left_by_a_death)
    }

    /// Records that this process was asked to stop. A kill after this only ends
    /// slow work and does not count as a death.
    pub fn stopping(&mut self) {
        // Keep an unhandled death visible. Without the mark, this stop would count as another death.
        if !self.left_by_a_death {
            self.write(STOPPING).ok();
        }
    }

    /// The text only grows, so a reader never sees less than an earlier state.
    fn write(&mut self, end: &str) -> io::Result<()> {
        let serving = if self.serves { SERVING } else { "" };
        self.file.rewind()?;
        writeln!(self.file, "{}{serving}{end}", std::process::id())
    }
}

impl Drop for HomeLock {
    fn drop(&mut self) {
        self.stopping();
    }
}

impl Home {
    /// Opens the home at `path`, creating it (mode 0700) when the folder is not there or empty.
    ///
    /// # Errors
    /// `StoreUnavailable` when the folder holds other things, another version wrote it, another user owns it or may change
    /// it, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let fault = |doing: &str, error: io::Error| faults::of_file(subject(path), doing, &error);
        let file = path.join("format");
        own(path, &file).map_err(|error| fault("look at its owner", error))?.map_or(Ok(()), Err)?;
        match std::fs::read_to_string(&file) {
            Ok(format) if format.trim_end() == FORMAT => {}
            Ok(format) => {
                return Err(other_format(path, &format));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path, &file)?,
            Err(error) => return Err(fault("read its format", error)),
        }
        // An absolute path, because the working directory may change.
        let path = std::path::absolute(path).map_err(|error| fault("find it", error))?;
        LocalObjects::create(&path.join("objects"))?;
        Ok(Self { path })
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the lock of a process that runs workers, and removes what a killed one left half-written. Reading needs
    /// no lock.
    ///
    /// # Errors
    /// `RunInProgress`, naming the process, when another one holds it.
    pub fn lock(&self) -> Result<HomeLock, Failure> {
        let lock = HomeLock::take(&self.path)?;
        self.objects().sweep()?;
        Ok(lock)
    }

    /// Takes the lock, unless the process that holds it serves.
    ///
    /// # Errors
    /// `RunInProgress` when another process holds it that will end with its own run.
    pub fn enter(&self) -> Result<Workplace, Failure> {
        match self.lock() {
            Ok(lock) => Ok(Workplace::Own(lock)),
            Err(failure) if failure.kind == FailureKind::RunInProgress => {
                let owner = std::fs::read_to_string(self.path.join("engine.lock")).unwrap_or_default();
                if owner.trim_end().trim_end_matches(STOPPING).ends_with(SERVING) {
                    Ok(Workplace::Served)
                } else {
                    Err(failure)
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// The object store.
    pub fn objects(&self) -> LocalObjects {
        LocalObjects::at(self.path.join("objects"))
    }

    /// The queues.
    ///
    /// # Errors
    /// `StoreDamaged` or `StoreUnavailable` when the database cannot be used.
    pub fn queues(&self, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<LocalQueues, Failure> {
        LocalQueues::open(&self.path.join("queue.sqlite"), clock, ids)
    }

    /// The secrets. Their key lies in `key_file`, else in `keys/identity`; a copied home whose key is kept elsewhere
    /// gives nothing away.
    ///
    /// # Errors
    /// `StoreDamaged` or `StoreUnavailable` when the database cannot be used.
    pub fn secrets(&self, key_file: Option<&Path>, clock: Arc<dyn Clock>) -> Result<LocalSecrets, Failure> {
        let identity = key_file.map_or_else(|| self.path.join("keys/identity"), Path::to_owned);
        LocalSecrets::open(&self.path.join("secrets.sqlite"), identity, clock)
    }

    fn create(path: &Path, format: &Path) -> Result<(), Failure> {
        let fault = |error: io::Error| faults::of_file(subject(path), "create it", &error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        for entry in std::fs::read_dir(path).map_err(fault)? {
            let name = entry.map_err(fault)?.file_name();
            // Another process may be creating the same home; the format is written first.
            let ours = name.to_string_lossy().starts_with(whole_file::TEMPORARY_PREFIX) || format.exists();
            if !ours {
                let detail = "is not empty and not a causeway home; name an empty or a new folder";
                return Err(Failure::new(FailureKind::StoreUnavailable, subject(path), detail));
            }
        }
        std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(fault)?;
        whole_file::create(path, format, format!("{FORMAT}\n").as_bytes()).map_err(fault)?;
        Ok(())
    }
}

/// Refuses a home that another user owns or may change. A new home gets its mode on creation.
fn own(path: &Path, format: &Path) -> io::Result<Option<Failure>> {
    let mut reason = ownership::foreign_owner(path)?;
    if format.symlink_metadata().is_ok() {
        for place in [path, format, &path.join("objects")] {
            reason = reason.map_or_else(|| ownership::objection(place), |reason| Ok(Some(reason)))?;
        }
    }
    Ok(reason.map(|reason| Failure::new(FailureKind::StoreUnavailable, subject(path), reason)))
}

/// `another causeway (process 17)`, from its lock file.
fn holder(file: &mut File) -> io::Result<String> {
    let mut owner = String::new();
    file.read_to_string(&mut owner)?;
    let owner = owner.trim_end().trim_end_matches(STOPPING).trim_end_matches(SERVING);
    let process = if owner.is_empty() { String::new() } else { format!(" (process {owner})") };
    Ok(format!("another causeway{process}"))
}

/// The refusal of a home whose format is `found`.
pub(crate) fn other_format(path: &Path, found: &str) -> Failure {
    let found = found.lines().next().unwrap_or_default();
    let detail = format!(
        "has format {found:?}, this program knows {FORMAT:?}; use the causeway that wrote it or another folder"
    );
    Failure::new(FailureKind::StoreUnavailable, subject(path), detail)
}

fn subject(path: &Path) -> String {
    format!("home {}", path.display())
}
