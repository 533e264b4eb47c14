//! Ownership of home, key and databases: another user's files may hold planted content.

use nix::unistd::geteuid;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The sticky bit: every user may create entries in a folder, but remove only their own.
const STICKY: u32 = 0o1000;

/// Why `path` may not be used; `None` if it may, or does not exist. A link is judged by itself and by
/// its target.
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

/// Root is trusted, because it could also change this program.
fn foreign(metadata: &Metadata) -> Option<String> {
    let (owner, user) = (metadata.uid(), geteuid().as_raw());
    (owner != user && owner != 0).then(|| {
        format!(
            "belongs to user {owner}, but this process runs as user {user}; run it as the owner, or check the content and run: chown -R {user}"
        )
    })
}

/// Files that others may only read are reported by `doctor`. The mode of a link means nothing.
fn shared(metadata: &Metadata) -> Option<String> {
    let mode = metadata.mode() & 0o7777;
    let shared = mode & 0o022 != 0 && !metadata.is_symlink() && (metadata.is_file() || mode & STICKY == 0);
    shared.then(|| format!("may be changed by others (mode {mode:o}); check the content and run: chmod go-w"))
}
