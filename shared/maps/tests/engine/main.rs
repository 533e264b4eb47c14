//! Maps from their text to their output, and from their mistakes to the messages.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod apply;
mod bounds;
mod difference;
mod expressions;
mod mistakes;
mod parts;
mod properties;

use causeway_maps::{AnyDocument, CompiledMap, Overrides, TargetModel};

const HEADER: &str = "name = \"m\"\nversion = \"1\"\nstream = \"assets\"\n";

/// A map over any document.
fn open_map(rows: &str) -> CompiledMap {
    let text = format!("{HEADER}{rows}");
    CompiledMap::load("m.toml", &text, &AnyDocument, &TargetModel::any(), &Overrides::none()).unwrap()
}

/// A map of one row each: `source -> target | rest of the row`.
fn rows(lines: &[&str]) -> String {
    let row = |line: &&str| {
        let (paths, rest) = line.split_once(" | ").unwrap_or((line, ""));
        let (source, target) = paths.split_once(" -> ").unwrap();
        format!("[[row]]\nsource = \"{source}\"\ntarget = \"{target}\"\n{rest}\n")
    };
    lines.iter().map(row).collect()
}

fn applied(map: &CompiledMap, document: &str) -> String {
    let mut out = String::new();
    match map.apply_document(document, &mut out) {
        Ok(applied) if !applied.unreadable.is_empty() => {
            format!("{out} (unreadable: {})", applied.unreadable)
        }
        Ok(_) => out,
        Err(failure) => failure.reason("k"),
    }
}
