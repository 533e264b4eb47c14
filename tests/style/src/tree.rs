//! The files of the repository: everything below its root but what git ignores.

use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// A text file.
pub(crate) struct Text {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) content: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All text files, sorted by path.
pub(crate) fn texts() -> Vec<Text> {
    let root = root();
    let entries = WalkDir::new(&root).sort_by_file_name().into_iter().filter_entry(is_kept);
    let mut texts = Vec::new();
    for entry in entries {
        // A file that vanishes meanwhile is none of ours.
        let Ok(entry) = entry else { continue };
        let Ok(content) = std::fs::read_to_string(entry.path()) else { continue };
        let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        texts.push(Text { path, content });
    }
    texts
}

/// The Rust files among them.
pub(crate) fn rust() -> Vec<Text> {
    let files: Vec<_> = texts().into_iter().filter(|text| text.path.ends_with(".rs")).collect();
    assert!(files.len() > 50, "only {} Rust files found below {}", files.len(), root().display());
    files
}

/// Fails with `rule` and all `offenders`, if any.
pub(crate) fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

/// What `.gitignore` names is left out.
fn is_kept(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let ignored = match entry.depth() {
        1 => matches!(&*name, "target" | ".tools" | ".git") || name.starts_with("causeway-demo"),
        _ => name.ends_with(".pending-snap") || name.ends_with(".snap.new"),
    };
    !ignored
}
