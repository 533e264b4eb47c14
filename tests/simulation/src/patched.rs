//! Every deliberate bug that is a patch: applied to a copy of the project, built, and played until it is noticed.

use causeway_simulation::PatchedMutant;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// Where the copy lies and is built, below the project's own target folder.
const COPY: &str = "target/mutants";

/// Folders and files of the project that a build of the simulation needs.
const NEEDED: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "clippy.toml", "shared", "functions", "infra", "events", "tests"];

/// Plays all patches whose names contain `called` and shows a table; returns whether each was noticed within `most` seeds.
/// The project is the current folder.
pub(crate) fn hunt_all(called: &str, most: u64, out: &mut impl Write) -> io::Result<bool> {
    let root = std::env::current_dir()?;
    let mutants = PatchedMutant::all(&root)?;
    let wanted: Vec<_> = mutants.into_iter().filter(|mutant| mutant.name.contains(called)).collect();
    let source = root.join(COPY).join("source");
    fs::create_dir_all(&source)?;
    for needed in NEEDED {
        copy(&root.join(needed), &source.join(needed))?;
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} patches  {elapsed}  {msg}");
    let bar = ProgressBar::new(wanted.len() as u64).with_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut missed = 0;
    for mutant in &wanted {
        bar.set_message(mutant.name.clone());
        let told = hunt(mutant, &root, &source, most)?;
        missed += u64::from(told.is_none());
        let detail = told.as_deref().unwrap_or("NOT NOTICED");
        bar.suspend(|| {
            writeln!(out, "{}  {}  {}", mutant.name, mutant.breaks.id, mutant.bug)?;
            writeln!(out, "    {detail}")
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    writeln!(out, "\n{} of {} patches noticed", wanted.len() as u64 - missed, wanted.len())?;
    Ok(missed == 0)
}

/// The violation that the simulation reports; `None` if it notices nothing.
fn hunt(mutant: &PatchedMutant, root: &Path, source: &Path, most: u64) -> io::Result<Option<String>> {
    let patched = mutant.applied(root)?;
    for (path, text) in &patched {
        fs::write(source.join(path), text)?;
    }
    let played = play(root, source, most);
    for path in patched.keys() {
        fs::copy(root.join(path), source.join(path))?;
    }
    let played = played?;
    let told = String::from_utf8_lossy(&played.stdout).into_owned();
    // A panic is not counted: the oracle has to notice.
    let broken = told.lines().find(|line| line.contains("I-")).filter(|_| !played.status.success());
    Ok(broken.map(|line| line.trim().to_owned()))
}

fn play(root: &Path, source: &Path, most: u64) -> io::Result<Output> {
    let target = root.join(COPY).join("build");
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--profile", "ci", "--locked", "-p", "causeway-simulation"])
        // As in the program that ships: the product's own assertions must not be what notices.
        .args(["--config", "profile.ci.debug-assertions=false"])
        .current_dir(source)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_INCREMENTAL", "1")
        .output()?;
    if !built.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&built.stderr).into_owned()));
    }
    Command::new(target.join("ci/simulate")).args(["--seeds", &most.to_string()]).output()
}

/// Copies a file, or a folder recursively. An unchanged file keeps its modification time, so that it is not rebuilt.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        let entries: Vec<PathBuf> =
            fs::read_dir(from)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
        return entries.iter().try_for_each(|entry| match entry.file_name() {
            Some(name) => copy(entry, &to.join(name)),
            None => Ok(()),
        });
    }
    let text = fs::read(from)?;
    if fs::read(to).is_ok_and(|known| known == text) { Ok(()) } else { fs::write(to, text) }
}
