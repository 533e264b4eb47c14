//! A folder whose files appear whole or not at all.

use causeway_domain::{Failure, FailureKind};
use nix::unistd::geteuid;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A folder that exists.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Creates `path` with its parents unless it exists. Only the user who runs this program may enter what is new.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        private().recursive(true).create(path).map_err(|error| failure(path, "cannot be created", &error))?;
        Ok(Self { path: path.to_owned() })
    }

    /// The folder `below` this one, created unless it exists. No link is followed and no folder of another user entered:
    /// who may write to the folder above could lead the files elsewhere.
    pub(crate) fn enter(mut self, below: &str) -> Result<Self, Failure> {
        for name in below.split('/') {
            self.path.push(name);
            let path = &self.path;
            match private().create(path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(failure(path, "cannot be created", &error));
                }
                Ok(()) | Err(_) => {}
            }
            let found = path.symlink_metadata();
            let found = found.map_err(|error| failure(path, "cannot be looked at", &error))?;
            let (owner, user) = (found.uid(), geteuid().as_raw());
            let detail = if !found.is_dir() {
                "is a link or a file where a folder of this connection belongs; move it away".to_owned()
            } else if owner != user && owner != 0 {
                format!("belongs to user {owner}, but this process runs as user {user}; move it away")
            } else {
                continue;
            };
            return Err(Failure::new(FailureKind::StoreUnavailable, path.display().to_string(), detail));
        }
        Ok(self)
    }

    /// Its absolute path, links resolved.
    pub(crate) fn absolute(&self) -> Result<PathBuf, Failure> {
        self.path.canonicalize().map_err(|error| failure(&self.path, "cannot be resolved", &error))
    }

    /// Puts `content` at `name`; durable once this returns. Only the user who runs this program may read the file.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let place = self.path.join(name);
        self.write(content)
            .and_then(|file| file.persist(&place).map_err(|error| error.error))
            .and_then(|_| fs::File::open(&self.path)?.sync_all())
            .map_err(|error| failure(&place, "cannot be written", &error))
    }

    /// Writes a small file and removes it again.
    pub(crate) fn probe(&self) -> Result<(), Failure> {
        self.write(b"{}\n")
            .and_then(tempfile::NamedTempFile::close)
            .map_err(|error| failure(&self.path, "cannot be written to", &error))
    }

    fn write(&self, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(&self.path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

fn private() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

fn failure(path: &Path, what: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FailureKind::StoreFull,
        _ => FailureKind::StoreUnavailable,
    };
    Failure::new(kind, path.display().to_string(), format!("{what}: {error}"))
}
