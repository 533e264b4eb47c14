//! The committed corpora and everything that ever broke a property, through the same properties.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its inputs has failed")]

use causeway_outside::{PROPERTIES, Property};
use std::fs;
use std::path::{Path, PathBuf};

/// What one corpus may be, so that a clone stays small.
const FILES: usize = 30;
const BYTES: usize = 200 << 10;

fn inputs(kind: &str, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn replay(name: &str) {
    let property: Property = PROPERTIES.iter().find(|(known, _)| *known == name).unwrap().1;
    let corpus = inputs("corpus", name);
    let bytes: usize = corpus.iter().map(|(_, input)| input.len()).sum();
    assert!((1..=FILES).contains(&corpus.len()), "{name}: {} files in its corpus", corpus.len());
    assert!(bytes <= BYTES, "{name}: {bytes} bytes in its corpus");
    for (path, input) in corpus.into_iter().chain(inputs("regressions", name)) {
        let broken = std::panic::catch_unwind(|| property(&input)).is_err();
        assert!(!broken, "{} breaks the property {name}, see above", path.display());
    }
}

#[test]
fn definition() {
    replay("definition");
}

#[test]
fn etm_answer() {
    replay("etm_answer");
}

#[test]
fn map() {
    replay("map");
}

#[test]
fn message() {
    replay("message");
}

#[test]
fn store() {
    replay("store");
}

/// I-10, I-11: runs whose connection, manifest or page could not be read were never decided.
#[test]
fn every_object_may_be_damaged_or_gone() {
    for moment in [3, 14] {
        for object in 0..48 {
            causeway_outside::store(&[moment, object, 0, 0, 0, b'{']);
            causeway_outside::store(&[moment, object, 4, 0, 0]);
        }
    }
}

#[test]
fn xdome_answer() {
    replay("xdome_answer");
}

#[test]
fn xdome_page() {
    replay("xdome_page");
}

#[test]
fn every_property_has_a_target() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (name, _) in PROPERTIES {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml has no target {name}");
    }
}
