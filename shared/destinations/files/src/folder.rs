//! A folder whose files appear whole or not at all.

use causeway_domain::{Failure, FailureKind};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A folder that exists.
pub(crate) struct Folder<'a> {
    path: &'a Path,
}

impl<'a> Folder<'a> {
    /// Creates `path` with its parents unless it exists.
    pub(crate) fn create(path: &'a Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| failure(path, "cannot be created", &error))?;
        Ok(Self { path })
    }

    /// Its absolute path, links resolved.
    pub(crate) fn absolute(&self) -> Result<PathBuf, Failure> {
        self.path.canonicalize().map_err(|error| failure(self.path, "cannot be resolved", &error))
    }

    /// Puts `content` at `name`; durable once this returns. Only the user who runs this program may read the file.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let place = self.path.join(name);
        self.write(content)
            .and_then(|file| file.persist(&place).map_err(|error| error.error))
            .and_then(|_| fs::File::open(self.path)?.sync_all())
            .map_err(|error| failure(&place, "cannot be written", &error))
    }

    /// Writes a small file and removes it again.
    pub(crate) fn probe(&self) -> Result<(), Failure> {
        self.write(b"{}\n")
            .and_then(tempfile::NamedTempFile::close)
            .map_err(|error| failure(self.path, "cannot be written to", &error))
    }

    fn write(&self, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(self.path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

fn failure(path: &Path, what: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FailureKind::StoreFull,
        _ => FailureKind::StoreUnavailable,
    };
    Failure::new(kind, path.display().to_string(), format!("{what}: {error}"))
}
