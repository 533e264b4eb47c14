//! A vendor is named in its own folder, in the list of connectors, and by its simulator. Docs and tests may name it.

use crate::tree::{self, Text};

const VENDORS: [&str; 6] = ["xdome", "claroty", "qualys", "etm", "ordr", "servicenow"];

/// Short names that are part of other words; only the whole word counts.
const SHORT: [&str; 2] = ["etm", "ordr"];

/// Folders that may name vendors.
const FOLDERS: [&str; 5] =
    ["shared/sources/", "shared/destinations/", "shared/connectors/", "shared/simulators/", "tests/"];

/// Further files that may, each with its reason.
const EXCEPTIONS: [(&str, &str); 4] = [
    ("infra/local/src/arguments/mod.rs", "the sentence that says what the program is for"),
    ("infra/local/src/arguments/simulate.rs", "options of the simulators, which differ by vendor"),
    ("infra/local/src/commands/simulate.rs", "starts the simulators with these options"),
    ("infra/local/src/demo/systems.rs", "starts the simulators of the demo and writes connections to them"),
];

#[test]
fn a_vendor_is_named_in_its_folder_and_in_the_list_only() {
    let mut offenders = Vec::new();
    for file in tree::rust().iter().filter(|file| is_neutral(&file.path)) {
        offenders.extend(named(file).map(|line| format!("{}:{line}", file.path)));
    }
    tree::assert_none("move it to the vendor's folder or into its descriptor", &offenders);
}

#[test]
fn every_exception_is_needed() {
    let files = tree::rust();
    let needed = |path: &str| files.iter().any(|file| file.path == path && named(file).next().is_some());
    let idle = EXCEPTIONS.iter().filter(|(path, _)| !needed(path));
    let idle: Vec<String> = idle.map(|(path, reason)| format!("{path}: {reason}")).collect();
    tree::assert_none("these files name no vendor; remove them from the exceptions", &idle);
}

#[test]
fn short_names_count_as_whole_words() {
    let lines = |content: &str| {
        let text = Text { path: String::new(), content: content.to_owned() };
        named(&text).collect::<Vec<_>>()
    };
    assert_eq!(lines("retry\nlet etm = 1;\nsetmode\nXdomeSettings\n\"qualys-etm\""), [2, 4, 5]);
}

fn is_neutral(path: &str) -> bool {
    let test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let fuzz = path.starts_with("fuzz/");
    let excepted = EXCEPTIONS.iter().any(|(file, _)| *file == path);
    !test && !fuzz && !excepted && !FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Numbers of the lines that name a vendor.
fn named(file: &Text) -> impl Iterator<Item = usize> {
    let lines = file.content.lines().zip(1..);
    lines.filter(|(line, _)| VENDORS.iter().any(|vendor| names(line, vendor))).map(|(_, number)| number)
}

fn names(line: &str, vendor: &str) -> bool {
    let line = line.to_lowercase();
    if SHORT.contains(&vendor) {
        return line.split(|c: char| !c.is_alphanumeric()).any(|word| word == vendor);
    }
    line.contains(vendor)
}
