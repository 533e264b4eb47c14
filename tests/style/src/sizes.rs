//! Files and functions stay small enough to be read in one go, and folders to be seen at one glance.

use crate::tree::{self, Text};
use std::collections::BTreeMap;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const LONGEST_FILE: usize = 500;
const LONG_FILE: usize = 400;
const MEDIAN_FILE: usize = 150;
const LONGEST_FUNCTION: usize = 70;
const FULLEST_FOLDER: usize = 25;

#[test]
fn no_file_is_long() {
    let mut sizes: Vec<_> =
        tree::rust().iter().map(|f| (f.content.lines().count(), f.path.clone())).collect();
    sizes.sort();
    let over = |limit: usize| -> Vec<String> {
        let over = sizes.iter().rev().filter(|(lines, _)| *lines > limit);
        over.map(|(lines, path)| format!("{path}: {lines} lines")).collect()
    };
    tree::assert_none(&format!("no file has more than {LONGEST_FILE} lines"), &over(LONGEST_FILE));
    let long = over(LONG_FILE);
    let few = long.len() * 10 <= sizes.len();
    let rule = format!("90 % of {} files have at most {LONG_FILE} lines", sizes.len());
    tree::assert_none(&rule, if few { &[] } else { &long });
    let median = sizes[sizes.len() / 2].0;
    assert!(
        median <= MEDIAN_FILE,
        "half of the files have more than {MEDIAN_FILE} lines: the median is {median}"
    );
}

#[test]
fn no_folder_is_crowded() {
    let files = tree::texts();
    // A snapshot stands where the tests' library puts it, and is read from the test that made it.
    let crowded = crowded(&files).into_iter().filter(|(folder, _)| !folder.ends_with("/snapshots"));
    let offenders: Vec<String> = crowded.map(|(folder, files)| format!("{folder}: {files} files")).collect();
    tree::assert_none(&format!("no folder has more than {FULLEST_FOLDER} files side by side"), &offenders);
}

#[test]
fn only_files_of_the_same_folder_crowd_it() {
    let text = |path: String| Text { path, content: String::new() };
    let mut files: Vec<Text> = (0..FULLEST_FOLDER).map(|file| text(format!("c/src/{file}.rs"))).collect();
    files.push(text("c/src/below/mod.rs".to_owned()));
    assert!(crowded(&files).is_empty());
    files.push(text("c/src/lib.rs".to_owned()));
    assert_eq!(crowded(&files), BTreeMap::from([("c/src", FULLEST_FOLDER + 1)]));
}

/// Folders with too many files, and how many they have.
fn crowded(files: &[Text]) -> BTreeMap<&str, usize> {
    let mut folders = BTreeMap::new();
    for (folder, _) in files.iter().filter_map(|file| file.path.rsplit_once('/')) {
        *folders.entry(folder).or_default() += 1;
    }
    folders.retain(|_, files| *files > FULLEST_FOLDER);
    folders
}

#[test]
fn no_function_is_long() {
    let mut offenders = Vec::new();
    for file in tree::rust() {
        offenders.extend(long_functions(&file.content).map(|found| format!("{}:{found}", file.path)));
    }
    tree::assert_none(&format!("no function has more than {LONGEST_FUNCTION} lines"), &offenders);
}

#[test]
fn functions_are_measured_wherever_they_are() {
    let body = "let _ = 1;\n".repeat(LONGEST_FUNCTION);
    let source = format!(
        "fn free() {{\n{body}}}\n#[cfg(test)] mod tests {{\n#[test] fn nested() {{\n{body}}}\nfn short() {{}}\n}}\n\
         impl X {{ fn method() {{\n{body}}} }}\ntrait T {{ fn provided() {{\n{body}}} fn required(); }}"
    );
    let found: Vec<_> = long_functions(&source).collect();
    assert_eq!(
        found,
        ["1: free: 72 lines", "74: nested: 72 lines", "148: method: 72 lines", "220: provided: 72 lines"]
    );
}

/// `line: name: lines` of every function that is too long.
fn long_functions(source: &str) -> impl Iterator<Item = String> + use<> {
    let mut functions = Functions::default();
    functions.visit_file(&syn::parse_file(source).unwrap());
    functions.0.into_iter().filter_map(|(line, name, lines)| {
        (lines > LONGEST_FUNCTION).then(|| format!("{line}: {name}: {lines} lines"))
    })
}

/// First line, name and lines of each function, from its signature to its last brace.
#[derive(Default)]
struct Functions(Vec<(usize, String, usize)>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (first, last) = (signature.span().start().line, block.span().end().line);
        self.0.push((first, signature.ident.to_string(), last - first + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.note(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
