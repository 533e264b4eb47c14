//! The demo's folder. It is replaced only when it carries the demo's mark.

use crate::output::Problem;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const MARK: &str = "about-this-demo.txt";

const ABOUT: &str =
    "This folder was made by `causeway demo` and may be deleted; the next demo replaces it.\n";

/// Removes the files of an earlier demo.
pub(super) fn clear(folder: &Path) -> Result<(), Problem> {
    let fault = |doing: &str, error| Problem::file(folder, doing, &error);
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(fault("read it", error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let marked = std::fs::read_to_string(folder.join(MARK)).is_ok_and(|text| text == ABOUT);
    if !marked {
        let help = "Name a folder that is new, empty, or from an earlier demo: `causeway --home DIR demo`.";
        let detail = "is not empty and not from an earlier demo, so it is left alone";
        return Err(Problem::input(folder.display().to_string(), detail, help));
    }
    std::fs::remove_dir_all(folder).map_err(|error| fault("replace it", error))
}

/// Marks the folder as the demo's own.
pub(super) fn mark(folder: &Path) -> Result<(), Problem> {
    write(folder, MARK, ABOUT).map(drop)
}

/// Writes a file into the folder.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Problem> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|error| Problem::file(&path, "write it", &error))?;
    Ok(path)
}
