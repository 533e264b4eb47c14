//! Checks of file permissions.

use super::Checkup;
use crate::ownership;
use causeway_domain::Failure;
use causeway_domain::checkup::Issue;
use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Private files and folders besides the key. Deeper ones are protected by these.
const PRIVATE: [&str; 7] =
    ["", "objects", "queue.sqlite", "queue.sqlite-wal", "secrets.sqlite", "secrets.sqlite-wal", "keys"];

/// Files with one fault.
#[derive(Default)]
struct Faulty {
    first: Option<String>,
    count: u64,
}

impl Faulty {
    fn add(&mut self, place: String) {
        self.first.get_or_insert(place);
        self.count += 1;
    }

    /// The first, and what all of them have: `belongs to …`.
    fn told(self, one: &str, many: &str) -> Option<(String, String)> {
        let found = match self.count {
            0 | 1 => one.to_owned(),
            count => format!("and {} more {many}", count - 1),
        };
        Some((self.first?, found))
    }
}

impl Checkup {
    pub(super) fn rights(&self) -> Result<Vec<Issue>, Failure> {
        let mut troubles = Vec::new();
        for path in PRIVATE.map(|name| self.home.join(name)).into_iter().chain([self.key_file.clone()]) {
            troubles.extend(self.privacy(&path)?);
        }
        troubles.extend(self.use_by_owner()?);
        Ok(troubles)
    }

    /// Checks that other users have no access to `path`.
    fn privacy(&self, path: &Path) -> Result<Option<Issue>, Failure> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.fault(path, "look at its rights", &error)),
        };
        let (mode, wanted) = (metadata.mode() & 0o777, if metadata.is_dir() { 0o700 } else { 0o600 });
        if mode & 0o077 == 0 {
            return Ok(None);
        }
        if self.mends() {
            self.set_mode(path, wanted)?;
        }
        let found = format!("may be used by other users of this machine (mode {mode:o})");
        let place = self.place(path);
        let (means, advice) = if path == self.key_file {
            (
                "secrets are not read with a key that others may have read",
                "If others used it, create new tokens and passwords.",
            )
        } else if place.starts_with("secrets") || place == "keys" {
            ("other users may read the encrypted secrets or their key", "No further action needed.")
        } else {
            ("other users may see devices and findings", "No further action needed.")
        };
        let trouble = Issue::new(place, found, means, advice);
        Ok(Some(trouble.mendable(format!("sets mode {wanted:o}"), self.mends())))
    }

    /// Checks that the owner may use everything, and that there is one owner: a command run as root leaves files
    /// that the user cannot use.
    fn use_by_owner(&self) -> Result<Vec<Issue>, Failure> {
        let fault = |error: io::Error| self.fault(&self.home, "look at the rights of its files", &error);
        let owner = std::fs::metadata(&self.home).map_err(fault)?.uid();
        let (mut closed, mut foreign) = (Faulty::default(), Faulty::default());
        for (path, metadata) in self.everything() {
            if metadata.uid() != owner {
                foreign.add(self.place(&path));
            }
            let wanted = if metadata.is_dir() { 0o700 } else { 0o400 };
            if metadata.mode() & wanted != wanted {
                closed.add(self.place(&path));
                if self.mends() {
                    self.set_mode(&path, metadata.mode() & 0o777 | wanted | 0o200)?;
                }
            }
        }
        let closed = closed.told("may not be used by its owner", "may not be used by their owner");
        let closed = closed.map(|(place, found)| {
            let means = "a file that cannot be read stops the run that needs it";
            let trouble = Issue::new(place, found, means, "No further action needed.");
            trouble.mendable("gives the owner access", self.mends())
        });
        let whose = format!("another user than the home, whose owner is number {owner}");
        let other = ownership::foreign_owner(&self.home).map_err(fault)?.map(|found| {
            Issue::new("the home folder", found, "no command uses this home", "Check both users first.")
        });
        let foreign = foreign.told(&format!("belongs to {whose}"), &format!("belong to {whose}"));
        let foreign = foreign.map(|(place, found)| {
            let means = "a command was run as another user, and the owner may be unable to use its files";
            let advice = format!("Run `chown -R {owner}` on the home, and causeway as that user only.");
            Issue::new(place, found, means, advice)
        });
        Ok(closed.into_iter().chain(other).chain(foreign).collect())
    }

    /// Every file and folder, without those removed in the meantime or in folders without access.
    fn everything(&self) -> impl Iterator<Item = (PathBuf, Metadata)> {
        let entries = WalkDir::new(&self.home).into_iter().filter_map(Result::ok);
        entries.filter_map(|entry| Some((entry.path().to_owned(), entry.metadata().ok()?)))
    }

    fn set_mode(&self, path: &Path, mode: u32) -> Result<(), Failure> {
        std::fs::set_permissions(path, Permissions::from_mode(mode))
            .map_err(|error| self.fault(path, "set its rights", &error))
    }
}
