//! Bad input, and everything that a person is told about it: exit code, stderr, and what stdout says besides figures.

mod home;
mod servers;
mod vendor;
mod written;

use crate::process::{Ended, Place, Result};
use crate::world::{Wishes, World};
use regex::Regex;
use std::io::Error;

/// Calls the binary; what it tells, as a person reads it.
fn told(place: &Place, arguments: &[&str]) -> Result<String> {
    let ended = place.call(arguments)?;
    message(place, arguments, &ended)
}

fn message(place: &Place, arguments: &[&str], ended: &Ended) -> Result<String> {
    let mut text =
        format!("$ causeway {}\n[exit code {}]\n{}", arguments.join(" "), ended.code, ended.stderr);
    if !ended.stdout.is_empty() {
        text += &format!("--- stdout\n{}", without_figures(&ended.stdout));
    }
    masked(&text.replace(&place.path().display().to_string(), "PLACE"))
}

/// The connection is tested, then run.
fn tested_and_run(world: &World) -> Result<String> {
    let tested = told(&world.place, &["connection", "test", "plant"])?;
    Ok(format!("{tested}\n{}", told(&world.place, &["run", "plant"])?))
}

/// The connection of `world` with its vendor at `url` instead.
fn moved_to(world: &World, url: &str) -> Result<()> {
    world.connect(Wishes::default())?;
    let file = world.place.path().join("plant.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace(&world.vendor.base_url, url))?;
    let applied = world.place.call(&["connection", "apply", "plant.toml"])?;
    if applied.code == 0 { Ok(()) } else { Err(Error::other(format!("{applied:?}"))) }
}

/// Tables of figures differ from call to call; that of rejects is the message.
fn without_figures(text: &str) -> String {
    let mut kept = String::new();
    let mut table: Option<Vec<&str>> = None;
    for line in text.lines() {
        if line.starts_with('┌') {
            table = Some(vec![line]);
        } else if let Some(rows) = &mut table {
            rows.push(line);
            if line.starts_with('└') {
                let is_message = rows.iter().any(|row| row.contains("rejected") && row.contains("reason"));
                let shown = if is_message { rows.join("\n") } else { "[table]".to_owned() };
                kept += &format!("{shown}\n");
                table = None;
            }
        } else {
            kept += &format!("{line}\n");
        }
    }
    kept
}

fn masked(text: &str) -> Result<String> {
    let mut masked = text.to_owned();
    for (pattern, name) in [
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
        (r"(127\.0\.0\.1|localhost):\d{2,5}", "$1:PORT"),
        (r"(Took|Peak memory): +.*", "$1: …"),
        (r"\(process \d+\)", "(process N)"),
        (r"-[0-9a-f]{16}\.", "-HASH."),
        (r"(by [a-z.-]+) \([0-9a-f]{12}\)", "$1 (HASH)"),
        (r"failed( after \d+ attempts)? \(\d+: [^)]*\)", "failed$1 (N: PAGES)"),
        (r"\d+ pages staged", "N pages staged"),
        (r"(?m)^(reading|recounting|querying|comparing|delivering).*\n", ""),
    ] {
        let pattern = Regex::new(pattern).map_err(Error::other)?;
        masked = pattern.replace_all(&masked, name).into_owned();
    }
    Ok(masked)
}
