//! Ownership of home, key and databases: one that another user made may hold that user's content.

use nix::unistd::geteuid;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Lets every user make entries in a folder, but remove only their own.
const STICKY: u32 = 0o1000;

/// Why what lies at `path` may not be used; `None` if it may, or nothing is there. A link is judged by itself and by what
/// it leads to.
pub(crate) fn objection(path: &Path) -> io::Result<Option<String>> {
    judge(path, |metadata| foreign(metadata).or_else(|| shared(metadata)))
}

/// As [`objection`], of a folder whose rights are about to be set.
pub(crate) fn foreign_owner(path: &Path) -> io::Result<Option<String>> {
    judge(path, foreign)
}

fn judge(path: &Path, against: impl Fn(&Metadata) -> Option<String>) -> io::Result<Option<String>> {
    for look in [std::fs::symlink_metadata, std::fs::metadata] {
        let metadata = match look(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some(reason) = against(&metadata) {
            return Ok(Some(format!("{reason} '{}'", path.display())));
        }
    }
    Ok(None)
}

/// Root is trusted, because it could change this program as well.
fn foreign(metadata: &Metadata) -> Option<String> {
    let (owner, user) = (metadata.uid(), geteuid().as_raw());
    (owner != user && owner != 0).then(|| {
        format!(
            "belongs to user {owner}, but this process runs as user {user}; run it as the owner, or check the content and run: chown -R {user}"
        )
    })
}

/// `doctor` reports what others may only read. The mode of a link says nothing.
fn shared(metadata: &Metadata) -> Option<String> {
    let mode = metadata.mode() & 0o7777;
    let shared = mode & 0o022 != 0 && !metadata.is_symlink() && (metadata.is_file() || mode & STICKY == 0);
    shared.then(|| format!("may be changed by others (mode {mode:o}); check the content and run: chmod go-w"))
}
