//! A crate can be read from top to bottom: files of different folders do not import each other in a circle.

use crate::modules::Modules;
use crate::tree::{self, Text};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Crates whose circles are still to be removed.
const TO_DO: [&str; 3] = ["shared/domain", "shared/maps", "tests/simulation"];

#[test]
fn no_circle_of_imports_crosses_folders() {
    let files = tree::rust();
    let roots = files.iter().map(|file| file.path.as_str());
    let roots = roots.filter(|path| path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs"));
    let mut offenders = Vec::new();
    for root in roots.filter(|root| !TO_DO.iter().any(|folder| root.starts_with(&format!("{folder}/src/")))) {
        offenders.extend(circles(&files, root));
    }
    tree::assert_none("no circle of imports crosses folders", &offenders);
}

#[test]
fn a_circle_is_found_through_re_exports_and_paths_but_not_through_tests() {
    let found = |place: &str| {
        let sources = [
            ("c/src/main.rs", "mod commands; mod place; mod text; fn main() { commands::run::run(); }"),
            ("c/src/commands/mod.rs", "pub(crate) mod run; pub(crate) use run::Run;"),
            (
                "c/src/commands/run.rs",
                "use crate::place::Home; pub(crate) struct Run; pub(crate) fn run() {}",
            ),
            ("c/src/place/mod.rs", "mod home; pub(crate) use home::Home;"),
            ("c/src/place/home.rs", place),
            ("c/src/text.rs", "mod width; use width::Width; pub(crate) struct Text;"),
            ("c/src/text/width.rs", "use super::Text; pub(crate) struct Width;"),
        ];
        let text =
            |(path, content): (&str, &str)| Text { path: path.to_owned(), content: content.to_owned() };
        circles(&sources.map(text), "c/src/main.rs")
    };
    let circle = ["c/src/commands/run.rs -> c/src/place/home.rs -> c/src/commands/run.rs"];
    assert_eq!(found("use crate::commands::Run; pub(crate) struct Home;"), circle);
    assert_eq!(found("use crate::{commands, text}; pub(crate) struct Home(commands::Run);"), circle);
    assert_eq!(found("pub(crate) struct Home(super::super::commands::run::Run);"), circle);
    assert_eq!(found("pub(crate) fn Home() { println!(\"{:?}\", crate::commands::Run); }"), circle);
    let allowed: [&str; 0] = [];
    assert_eq!(found("use crate::text::Text; pub(crate) struct Home;"), allowed);
    assert_eq!(
        found("pub(crate) struct Home; #[cfg(test)] mod tests { use crate::commands::Run; }"),
        allowed
    );
}

/// Circles of the crate with this root, each as `file -> file -> …`: one for each knot of files that all reach each other.
fn circles(files: &[Text], root: &str) -> Vec<String> {
    let modules = Modules::of(files, root);
    let mut imports: Imports = BTreeMap::new();
    for (from, to) in modules.imports() {
        imports.entry(from).or_default().push(to);
    }
    let (mut circles, mut knotted) = (Vec::new(), BTreeSet::new());
    for (from, to) in modules.imports() {
        if modules.folder(&from) == modules.folder(&to) || knotted.contains(&from) && knotted.contains(&to) {
            continue;
        }
        let back = ways(&imports, &to);
        if back.contains_key(&from) {
            circles.push(format!("{from} -> {}", way(&back, &from).join(" -> ")));
            knotted.extend(back.into_keys().filter(|file| ways(&imports, file).contains_key(&from)));
        }
    }
    circles
}

/// The files that each file imports.
type Imports = BTreeMap<String, Vec<String>>;

/// All files that `from` reaches, with the one before on the shortest way; `from` itself has none.
fn ways(imports: &Imports, from: &str) -> BTreeMap<String, Option<String>> {
    let mut before = BTreeMap::from([(from.to_owned(), None)]);
    let mut ends = VecDeque::from([from.to_owned()]);
    while let Some(end) = ends.pop_front() {
        for next in imports.get(&end).into_iter().flatten() {
            if !before.contains_key(next) {
                before.insert(next.clone(), Some(end.clone()));
                ends.push_back(next.clone());
            }
        }
    }
    before
}

/// The way to `to`, both ends included.
fn way(before: &BTreeMap<String, Option<String>>, to: &str) -> Vec<String> {
    let earlier = |file: &String| before.get(file).cloned().flatten();
    let mut way: Vec<String> = std::iter::successors(Some(to.to_owned()), earlier).collect();
    way.reverse();
    way
}
