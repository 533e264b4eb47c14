//! Atomic, durable files: written under a temporary name, flushed, then
//! renamed, with the folder flushed.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Start of every temporary name.
pub(crate) const TEMPORARY_PREFIX: &str = ".write-";

/// Creates `target` with `body`, readable by its owner only; `false` when there is such a file already. `temporary` is
/// a folder of the same file system.
pub(crate) fn create(temporary: &Path, target: &Path, body: &[u8]) -> io::Result<bool> {
    let created = match written(temporary, body)?.persist_noclobber(target) {
        Ok(_) => true,
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(refused) => return Err(refused.error),
    };
    // Also if another process was first, because the caller relies on a durable file.
    sync_folder(target)?;
    Ok(created)
}

/// Gives `target` the content `body`, whether it exists or not.
pub(crate) fn replace(temporary: &Path, target: &Path, body: &[u8]) -> io::Result<()> {
    written(temporary, body)?.persist(target).map_err(|refused| refused.error)?;
    sync_folder(target)
}

/// Flushes the folder of `path`, which makes its creation or removal durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Removes the leftovers of killed writers in `folder`; no process may be writing.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    left_behind(folder)?.iter().try_for_each(std::fs::remove_file)
}

/// Temporary files in `folder`, of killed or active writers.
pub(crate) fn left_behind(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            left.push(entry.path());
        }
    }
    left.sort();
    Ok(left)
}

fn written(folder: &Path, body: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder)?;
    file.write_all(body)?;
    file.as_file().sync_all()?;
    Ok(file)
}
