//! Deliberate bugs that take more than a condition: patches of the product's source, applied to a copy of it.
//!
//! `mutants/<what it concerns>/<name>.patch` begins with the invariant that it breaks and what it does wrong.

use causeway_domain::invariant::{ALL, Invariant};
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// A deliberate bug as a patch.
#[derive(Debug, Clone)]
pub struct PatchedMutant {
    /// The file's name without its ending.
    pub name: String,
    /// What it breaks; a chain of events may break another invariant first.
    pub breaks: Invariant,
    /// What it does wrong.
    pub bug: String,
    /// A unified diff for each file, by path from the root of the project.
    diffs: BTreeMap<String, String>,
}

impl PatchedMutant {
    /// All patches below `root`, the root of the project, by name.
    ///
    /// # Errors
    /// When the folder cannot be read, or a patch has no heading or no diff.
    pub fn all(root: &Path) -> io::Result<Vec<Self>> {
        let mut paths = Vec::new();
        for folder in fs::read_dir(root.join("tests/simulation/mutants"))? {
            for patch in fs::read_dir(folder?.path())? {
                paths.push(patch?.path());
            }
        }
        paths.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let wrong = |what: &str| io::Error::other(format!("{}: {what}", path.display()));
        let (heading, diffs) = text.split_once("\n--- a/").ok_or_else(|| wrong("no diff"))?;
        let (id, bug) = heading.trim().split_once(": ").ok_or_else(|| wrong("no heading"))?;
        let breaks = ALL.iter().copied().find(|invariant| invariant.id == id);
        let named = |diff: &str| {
            let path = diff.lines().next().unwrap_or_default().to_owned();
            (path, format!("--- a/{diff}\n"))
        };
        Ok(Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            breaks: breaks.ok_or_else(|| wrong("an unknown invariant"))?,
            bug: bug.to_owned(),
            diffs: diffs.split("\n--- a/").map(named).collect(),
        })
    }

    /// The patched files, read below `root`, by path from there.
    ///
    /// # Errors
    /// When a file cannot be read or has changed where the patch changes it.
    pub fn applied(&self, root: &Path) -> io::Result<BTreeMap<String, String>> {
        let apply = |(path, diff): (&String, &String)| {
            let told = |error: String| io::Error::other(format!("{}: {path}: {error}", self.name));
            let source = fs::read_to_string(root.join(path))?;
            let patch = diffy::Patch::from_str(diff).map_err(|error| told(error.to_string()))?;
            let patched = diffy::apply(&source, &patch).map_err(|error| told(error.to_string()))?;
            Ok((path.clone(), patched))
        };
        self.diffs.iter().map(apply).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::PatchedMutant;
    use std::path::Path;

    #[test]
    fn every_patch_applies_to_the_source_as_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mutants = PatchedMutant::all(&root).unwrap();
        assert!(mutants.len() >= 20, "only {} patches", mutants.len());
        for mutant in mutants {
            let files = mutant.applied(&root).unwrap_or_else(|error| panic!("{error}"));
            assert!(!files.is_empty(), "{} changes nothing", mutant.name);
        }
    }
}
