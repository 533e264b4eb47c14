//! What no file says: postponed work, paths of one machine, hosts of package registries.

use crate::tree::{self, Text};

// Split, so that this file does not offend.
const POSTPONED: [&str; 4] =
    [concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK"), concat!("todo", "!")];
const MACHINE_PATHS: [&str; 3] = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];
const REGISTRIES: [&str; 5] = [
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("rubygems", ".org"),
];

#[test]
fn nothing_is_postponed() {
    tree::assert_none("finish it or open an issue", &offenders(&POSTPONED, is_word));
}

#[test]
fn no_file_knows_one_machine() {
    tree::assert_none("no path of one machine", &offenders(&MACHINE_PATHS, is_path_start));
}

#[test]
fn no_file_names_a_registry() {
    tree::assert_none("no host of a package registry", &offenders(&REGISTRIES, |_, _| true));
}

#[test]
fn only_whole_words_and_starts_of_paths_count() {
    let (word, path) = (POSTPONED[1], MACHINE_PATHS[1]);
    let found = |line: &str, needle: &str, counts| places(line, needle, counts).count();
    assert_eq!(found(&format!("{word}: later, {word}{word}, a{word}"), word, is_word), 1);
    assert_eq!(found(&format!("cd {path}me; '{path}me' and example.com{path}me"), path, is_path_start), 2);
}

/// Whether an occurrence counts, by what stands before and after it.
type Counts = fn(before: Option<char>, after: Option<char>) -> bool;

fn is_word(before: Option<char>, after: Option<char>) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    !before.is_some_and(inside) && !after.is_some_and(inside)
}

fn is_path_start(before: Option<char>, _after: Option<char>) -> bool {
    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '>'))
}

fn offenders(needles: &[&str], counts: Counts) -> Vec<String> {
    // Lock files are written by cargo and name where packages come from.
    let files = tree::texts().into_iter().filter(|text| !text.path.ends_with("Cargo.lock"));
    files.flat_map(|text| lines_with(&text, needles, counts)).collect()
}

fn lines_with(text: &Text, needles: &[&str], counts: Counts) -> Vec<String> {
    let numbered = text.content.lines().enumerate();
    let bad = numbered
        .filter(|(_, line)| needles.iter().any(|needle| places(line, needle, counts).next().is_some()));
    bad.map(|(number, line)| format!("{}:{}: {}", text.path, number + 1, line.trim())).collect()
}

fn places<'a>(line: &'a str, needle: &'a str, counts: Counts) -> impl Iterator<Item = usize> + 'a {
    line.match_indices(needle)
        .map(|(at, _)| at)
        .filter(move |at| counts(line[..*at].chars().next_back(), line[at + needle.len()..].chars().next()))
}
