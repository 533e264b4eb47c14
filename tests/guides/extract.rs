//! Files of a guide: each is a code block whose first line names the language and the file.

use std::io::{self, Error};
use std::path::Path;
use std::{env, fs};

/// Writes the files of `docs/<guide>` to `below` in the build's own folder, where the crate includes them.
pub(crate) fn extract(guide: &str, below: &str) -> io::Result<()> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs").join(guide);
    println!("cargo::rerun-if-changed={}", guide.display());
    let text = fs::read_to_string(&guide)?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| Error::other("cargo gave no folder"))?;
    let mut files = 0;
    for block in text.split("\n```").skip(1).step_by(2) {
        let (head, code) = block.split_once('\n').unwrap_or_default();
        let Some((_, file)) = head.split_once(' ') else { continue };
        let place = Path::new(&out).join(below).join(file);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, included(code))?;
        files += 1;
    }
    match files {
        0 => Err(Error::other(format!("{} has no files", guide.display()))),
        _ => Ok(()),
    }
}

/// Drops the module comment: `include!` allows none, and the including file has its own.
fn included(code: &str) -> String {
    let lines = code.lines().filter(|line| !line.starts_with("//!"));
    lines.map(|line| format!("{line}\n")).collect()
}
