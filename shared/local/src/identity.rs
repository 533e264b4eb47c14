//! The identity file: 32 random bytes, the key of the secrets, readable by its owner only.

use crate::{ownership, whole_file};
use causeway_domain::{Failure, FailureKind};
use secrecy::zeroize::Zeroizing;
use std::fs::DirBuilder;
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// A key in memory; wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Reads the key at `path`; `None` when there is no such file.
///
/// # Errors
/// `SecretMissing` when another user owns the file or its folder, others may read it, it is not 32 bytes long, or it cannot be read.
pub(crate) fn load(path: &Path) -> Result<Option<Key>, Failure> {
    let unreadable = |error: io::Error| refused(path, format!("cannot be read: {error}"));
    own(path)?;
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let detail = format!("may be read by others (mode {mode:o}); run: chmod 600 '{}'", path.display());
        return Err(refused(path, detail));
    }
    let mut key = Key::default();
    let whole = metadata.len() == 32 && file.read_exact(key.as_mut_slice()).is_ok();
    if whole {
        Ok(Some(key))
    } else {
        Err(refused(path, format!("is {} bytes long, not 32", metadata.len())))
    }
}

/// Creates a key at `path`, or reads the one that another process has just created.
pub(crate) fn create(path: &Path) -> Result<Key, Failure> {
    let failed = |error: io::Error| refused(path, format!("cannot be created: {error}"));
    let folder = folder_of(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    own(path)?;
    let mut key = Key::default();
    aws_lc_rs::rand::fill(key.as_mut_slice())
        .map_err(|_| refused(path, "no random bytes from the system".to_owned()))?;
    whole_file::create(folder, path, key.as_slice()).map_err(failed)?;
    load(path)?.ok_or_else(|| missing(path))
}

/// The key file of the stored secrets is missing.
pub(crate) fn missing(path: &Path) -> Failure {
    let detail = "is not there; the stored secrets cannot be read without it: restore it, or delete them and set them again";
    refused(path, detail.to_owned())
}

/// A key that another user created or can replace exposes every secret.
fn own(path: &Path) -> Result<(), Failure> {
    for place in [folder_of(path), path] {
        let objection = ownership::objection(place);
        let objection = objection.map_err(|error| refused(path, format!("cannot be looked at: {error}")))?;
        if let Some(reason) = objection {
            let which = if place == path { "" } else { "lies in a folder that " };
            return Err(refused(path, format!("{which}{reason}")));
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(path: &Path, detail: String) -> Failure {
    Failure::new(FailureKind::SecretMissing, format!("identity file {}", path.display()), detail)
}
