//! The files outside its own folder that a new connector touches, by the guides' own words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::Table;

/// The list, and the two lines of manifests that make a crate known there.
const OUTSIDE: [&str; 3] = ["Cargo.toml", "shared/connectors/Cargo.toml", "shared/connectors/src/list.rs"];

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_guides_name_every_file_outside_the_folder() {
    for guide in ["docs/adding-a-source.md", "docs/adding-a-receiver.md"] {
        let guide = text(guide);
        let named = guide.split('`').filter(|word| OUTSIDE.contains(word));
        assert_eq!(named.collect::<BTreeSet<_>>(), OUTSIDE.into());
    }
}

/// What a crate needs stands in its manifest, and in the guide.
#[test]
fn the_manifests_of_the_guides_are_those_of_the_crates() {
    for kind in ["source", "receiver"] {
        let guide = text(&format!("docs/adding-a-{kind}.md"));
        let crates: Table = text(&format!("tests/guides/{kind}/Cargo.toml")).parse().unwrap();
        let blocks =
            guide.split("```toml Cargo.toml\n").skip(1).filter_map(|block| block.split("```").next());
        let shown: Vec<Table> = blocks.map(|block| block.parse().unwrap()).collect();
        assert_eq!(shown.len(), 2);
        for (section, dependencies) in shown.iter().flatten() {
            assert_eq!(crates.get(section), Some(dependencies), "{kind}: {section}");
        }
    }
}
