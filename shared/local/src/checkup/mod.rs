//! Checks of a home's files: permissions, half-written files, databases, the key. Checking changes nothing. Repairs delete
//! nothing that could be needed: a damaged queue is renamed, because a queue holds no state, and the rest is left to a
//! person.

mod databases;
mod rights;

use crate::home::{FORMAT, FORMAT_NAME, other_format};
use crate::{HomeLock, LocalObjects, LocalSecrets, faults, identity, whole_file};
use causeway_domain::checkup::Issue;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::Clock;
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prefixes of key faults that are reported with the rights.
const SHARED: [&str; 3] =
    ["may be read by others", "may be changed by others", "lies in a folder that may be changed"];

/// A home, checked without opening it, because opening creates missing files and refuses damaged ones.
#[derive(Debug)]
pub struct Checkup {
    home: PathBuf,
    key_file: PathBuf,
    /// Held during repairs, so that no process works on the home.
    lock: Option<HomeLock>,
    user: Option<String>,
}

impl Checkup {
    /// Begins a check of the home at `path`; with `mend` also repairs it, unless another process works on it.
    ///
    /// # Errors
    /// `NotFound` when there is no home; `StoreUnavailable` when it cannot be read.
    pub fn begin(path: &Path, key_file: Option<&Path>, mend: bool) -> Result<Self, Failure> {
        let subject = format!("home {}", path.display());
        if !path.is_dir() {
            return Err(Failure::new(FailureKind::NotFound, subject, "there is no such folder"));
        }
        // One of them may be what is lost.
        if !path.join("format").exists() && !path.join("objects").exists() {
            return Err(Failure::new(FailureKind::NotFound, subject, "is not a causeway home"));
        }
        let home = std::path::absolute(path).map_err(|error| faults::of_file(subject, "find it", &error))?;
        let user = HomeLock::holder(&home)?;
        Self::known_format(&home)?;
        let lock = if mend && user.is_none() { Some(HomeLock::take(&home)?) } else { None };
        let key_file = key_file.map_or_else(|| home.join("keys/identity"), Path::to_owned);
        Ok(Self { home, key_file, lock, user })
    }

    /// The folder, absolute.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The process that works on the home, if one does: `another causeway (process 17)`.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The object store.
    pub fn objects(&self) -> LocalObjects {
        LocalObjects::at(self.home.join("objects"))
    }

    /// All problems of files other than objects. `now` becomes part of the name of a renamed file.
    ///
    /// # Errors
    /// When a file cannot be read or repaired.
    pub fn files(&self, now: Timestamp) -> Result<Vec<Issue>, Failure> {
        let mut troubles = Vec::new();
        troubles.extend(self.format()?);
        troubles.extend(self.rights()?);
        troubles.extend(self.half_written()?);
        troubles.extend(self.databases(now)?);
        troubles.extend(self.key());
        Ok(troubles)
    }

    /// Names of the stored secrets; `None` if they cannot be read, which is reported elsewhere.
    pub fn secret_names(&self) -> Option<Vec<String>> {
        databases::secret_names(&self.home.join("secrets.sqlite"))
    }

    /// The secrets, if they and their key can be read.
    ///
    /// # Errors
    /// `StoreUnavailable`.
    pub fn secrets(&self, clock: Arc<dyn Clock>) -> Result<Option<LocalSecrets>, Failure> {
        if self.secret_names().is_none_or(|names| names.is_empty())
            || !matches!(identity::load(&self.key_file), Ok(Some(_)))
        {
            return Ok(None);
        }
        LocalSecrets::look(&self.home.join("secrets.sqlite"), self.key_file.clone(), clock).map(Some)
    }

    fn mends(&self) -> bool {
        self.lock.is_some()
    }

    /// A path for messages: relative to the home, if it is inside.
    fn place(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(inside) if inside.as_os_str().is_empty() => "the home folder".to_owned(),
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    fn fault(&self, path: &Path, doing: &str, error: &io::Error) -> Failure {
        faults::of_file(self.place(path), doing, error)
    }

    /// A home of another version is neither checked nor repaired, because its content may be right.
    fn known_format(home: &Path) -> Result<(), Failure> {
        match std::fs::read_to_string(home.join("format")) {
            Ok(text) if text.starts_with(FORMAT_NAME) && text.trim_end() != FORMAT => {
                Err(other_format(home, &text))
            }
            // The format is repaired whatever else the file says.
            _ => Ok(()),
        }
    }

    fn format(&self) -> Result<Option<Issue>, Failure> {
        let file = self.home.join("format");
        let found = match std::fs::read(&file) {
            Ok(text) if text.trim_ascii_end() == FORMAT.as_bytes() => return Ok(None),
            Ok(_) => "has unexpected content",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
            Err(error) => return Err(self.fault(&file, "read it", &error)),
        };
        if self.mends() {
            let text = format!("{FORMAT}\n");
            whole_file::replace(&self.home, &file, text.as_bytes())
                .map_err(|error| self.fault(&file, "write it", &error))?;
        }
        let trouble = Issue::new("format", found, "no command opens this home", "No further action needed.");
        Ok(Some(trouble.mendable("rewrites it", self.mends())))
    }

    /// Leftovers of killed writers. While a process writes, the owner of such files is unknown.
    fn half_written(&self) -> Result<Option<Issue>, Failure> {
        if self.user.is_some() || !self.objects().is_quiet() {
            return Ok(None);
        }
        let mut left = Vec::new();
        for folder in ["", "keys", "objects/.tmp"] {
            let folder = self.home.join(folder);
            match whole_file::left_behind(&folder) {
                Ok(files) => left.extend(files),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(self.fault(&folder, "list it", &error)),
            }
        }
        let Some(first) = left.first() else { return Ok(None) };
        let (place, count) = (self.place(first), left.len());
        let found = match count {
            1 => "is half-written: its writer was killed".to_owned(),
            _ => format!("and {} more are half-written: their writers were killed", count - 1),
        };
        if self.mends() {
            let removed = left.iter().try_for_each(std::fs::remove_file);
            removed.map_err(|error| self.fault(first, "remove it", &error))?;
        }
        let advice = "The next run does the same.";
        let trouble = Issue::new(place, found, "it takes space, and nothing reads it", advice);
        Ok(Some(trouble.mendable("removes what is half-written", self.mends())))
    }

    fn key(&self) -> Option<Issue> {
        let place = self.place(&self.key_file);
        let means = "no stored secret can be read, so no connection can run";
        let restore = "Restore it from a backup; else move it away, and delete all secrets and set them again with `causeway secret`.";
        match identity::load(&self.key_file) {
            Ok(Some(_)) => None,
            // The first secret creates it.
            Ok(None) if self.secret_names().is_none_or(|names| names.is_empty()) => None,
            Ok(None) => Some(Issue::new(place, "is missing, but there are stored secrets", means, restore)),
            // Reported and repaired with the permissions.
            Err(failure) if SHARED.iter().any(|start| failure.detail.starts_with(start)) => None,
            Err(failure) => Some(Issue::new(place, failure.detail, means, restore)),
        }
    }
}
