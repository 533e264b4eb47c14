//! Objects as plain files: the object is the file at its key below the home's `objects/` folder.

use crate::blocking::blocking;
use crate::{faults, whole_file};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome, Stored, key};
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use walkdir::WalkDir;

/// The object store of a [`crate::Home`]. Any number of processes may use it at once. An etag is the BLAKE3 hash of the
/// content. One key must not be the folder of another. Clones share one store.
#[derive(Debug, Clone)]
pub struct LocalObjects(Arc<Store>);

#[derive(Debug)]
struct Store {
    root: PathBuf,
    /// Folders that are durable already; a new folder's parents are flushed once.
    durable_folders: Mutex<BTreeSet<PathBuf>>,
}

impl LocalObjects {
    /// The store at `root`, whose folder [`Self::create`] made.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self(Arc::new(Store { root, durable_folders: Mutex::default() }))
    }

    /// Creates the folders of a store.
    pub(crate) fn create(root: &Path) -> Result<(), Failure> {
        private_folders(&root.join(".tmp"))
            .map_err(|error| faults::of_file(root.display().to_string(), "create the objects folder", &error))
    }

    /// Whether no process is writing right now.
    pub(crate) fn is_quiet(&self) -> bool {
        match File::open(self.0.temporary().join("writers.lock")) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => is_absence(&error),
        }
    }

    /// Removes the leftovers of killed writers, unless a process is writing right now.
    pub(crate) fn sweep(&self) -> Result<(), Failure> {
        let fault = |error: io::Error| {
            faults::of_file(self.0.root.display().to_string(), "remove temporary files", &error)
        };
        let lock = self.0.lock_file("writers.lock").map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => whole_file::sweep(&self.0.temporary()).map_err(fault),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }
}

#[async_trait]
impl Objects for LocalObjects {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        key::check(key)?;
        let (store, key) = (Arc::clone(&self.0), key.to_owned());
        blocking(move || store.read(&key).map_err(|error| store.fault(&key, "read", &error))).await
    }

    async fn put(&self, key: &str, body: Bytes, condition: PutCondition) -> Result<PutOutcome, Failure> {
        key::check(key)?;
        let (store, key) = (Arc::clone(&self.0), key.to_owned());
        blocking(move || {
            let written = match condition {
                PutCondition::IfAbsent => store.create(&key, &body),
                PutCondition::IfMatch(expected) => store.swap(&key, &body, &expected),
            };
            match written.map_err(|error| store.fault(&key, "write", &error))? {
                true => Ok(PutOutcome::Written(etag(&body))),
                false => Ok(PutOutcome::Conflict),
            }
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let folder = key::folder_of_prefix(prefix)?.to_owned();
        let (store, prefix) = (Arc::clone(&self.0), prefix.to_owned());
        blocking(move || store.list(&folder, &prefix).map_err(|error| store.fault(&prefix, "list", &error)))
            .await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        key::check(key)?;
        let (store, key) = (Arc::clone(&self.0), key.to_owned());
        blocking(move || store.delete(&key).map_err(|error| store.fault(&key, "delete", &error))).await
    }
}

impl Store {
    fn fault(&self, key: &str, doing: &str, error: &io::Error) -> Failure {
        let subject = format!("object {key:?} in {}", self.root.display());
        let failure = faults::of_file(subject, doing, error);
        // A key that is also a folder can never be written, so a retry is pointless.
        match error.kind() {
            io::ErrorKind::IsADirectory => Failure { kind: FailureKind::NameInvalid, ..failure },
            _ => failure,
        }
    }

    fn temporary(&self) -> PathBuf {
        self.root.join(".tmp")
    }

    /// The lock file. Each call opens it again, so the lock also works between threads; the kernel releases it when
    /// the process dies.
    fn lock_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(false).open(self.temporary().join(name))
    }

    fn read(&self, key: &str) -> io::Result<Option<Stored>> {
        match std::fs::read(self.root.join(key)) {
            Ok(body) => Ok(Some(Stored { etag: etag(&body), body: body.into() })),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, key: &str, body: &[u8]) -> io::Result<bool> {
        let writing = self.lock_file("writers.lock")?;
        writing.lock_shared()?;
        let target = self.root.join(key);
        self.ensure_folder(&target)?;
        let created = whole_file::create(&self.temporary(), &target, body)?;
        if !created && target.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "other objects lie below this key"));
        }
        Ok(created)
    }

    fn swap(&self, key: &str, body: &[u8], expected: &Etag) -> io::Result<bool> {
        let (swapping, writing) = (self.lock_file("swap.lock")?, self.lock_file("writers.lock")?);
        swapping.lock()?;
        writing.lock_shared()?;
        if self.read(key)?.is_none_or(|stored| stored.etag != *expected) {
            return Ok(false);
        }
        whole_file::replace(&self.temporary(), &self.root.join(key), body)?;
        Ok(true)
    }

    /// Takes the swap lock, otherwise a concurrent swap could restore the object.
    fn delete(&self, key: &str) -> io::Result<()> {
        let swapping = self.lock_file("swap.lock")?;
        swapping.lock()?;
        let target = self.root.join(key);
        match std::fs::remove_file(&target) {
            Ok(()) => whole_file::sync_folder(&target),
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn list(&self, folder: &str, prefix: &str) -> io::Result<Vec<String>> {
        let visible = |entry: &walkdir::DirEntry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        };
        let mut keys = Vec::new();
        for entry in WalkDir::new(self.root.join(folder)).into_iter().filter_entry(visible) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let key = entry.path().strip_prefix(&self.root).ok().and_then(Path::to_str);
                    keys.extend(
                        key.filter(|key| key.starts_with(prefix) && key::check(key).is_ok())
                            .map(str::to_owned),
                    );
                }
                Ok(_) => {}
                Err(error) => {
                    let error = io::Error::from(error);
                    // Missing, or removed in the meantime.
                    if !is_absence(&error) {
                        return Err(error);
                    }
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn ensure_folder(&self, target: &Path) -> io::Result<()> {
        let Some(folder) = target.parent() else { return Ok(()) };
        private_folders(folder)?;
        let known = |set: &Mutex<BTreeSet<PathBuf>>| {
            set.lock().unwrap_or_else(PoisonError::into_inner).contains(folder)
        };
        if known(&self.durable_folders) {
            return Ok(());
        }
        for above in folder.ancestors().take_while(|above| above.starts_with(&self.root)) {
            File::open(above)?.sync_all()?;
        }
        self.durable_folders.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }
}

fn private_folders(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn etag(body: &[u8]) -> Etag {
    Etag(blake3::hash(body).to_hex().to_string())
}

fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}
