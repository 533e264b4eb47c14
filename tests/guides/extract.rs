//! Files of a guide: each is a code block whose first line names the language and the file.

use std::path::Path;
use std::{env, fs};

/// Writes the files of `docs/<guide>` to `below` in the build's own folder, where the crate includes them.
pub(crate) fn extract(guide: &str, below: &str) {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs").join(guide);
    println!("cargo::rerun-if-changed={}", guide.display());
    let text = fs::read_to_string(&guide).expect("the guide is there");
    let folder = Path::new(&env::var("OUT_DIR").expect("cargo gives a folder")).join(below);
    let mut files = 0;
    for block in text.split("\n```").skip(1).step_by(2) {
        let (head, code) = block.split_once('\n').unwrap_or_default();
        let Some((_, file)) = head.split_once(' ') else { continue };
        let place = folder.join(file);
        fs::create_dir_all(place.parent().expect("a file lies in a folder")).expect("the folder is writable");
        fs::write(place, included(code)).expect("the folder is writable");
        files += 1;
    }
    assert!(files > 5, "{} has {files} files", guide.display());
}

/// What is included stands below a heading already, so a file's comment on itself is left out.
fn included(code: &str) -> String {
    let lines = code.lines().filter(|line| !line.starts_with("//!"));
    lines.map(|line| format!("{line}\n")).collect()
}
