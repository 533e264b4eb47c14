//! The modules of one crate, and which of its files import each other.

use crate::tree::Text;
use std::collections::{BTreeMap, BTreeSet};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

/// Names from the crate's root.
type Module = Vec<String>;

/// Re-exports followed at most; two that name each other would never end.
const DEEPEST: usize = 16;

#[derive(Default)]
pub(crate) struct Modules {
    /// The file of each module; an inline module has its parent's.
    files: BTreeMap<Module, String>,
    /// The path behind each name that a module imports or re-exports.
    names: BTreeMap<(Module, String), Vec<String>>,
    /// Paths that each module uses.
    uses: Vec<(Module, Vec<String>)>,
}

impl Modules {
    /// Reads the crate whose root is the file `root`.
    pub(crate) fn of(files: &[Text], root: &str) -> Self {
        let mut modules = Self::default();
        modules.read(files, Module::new(), root);
        modules
    }

    /// Pairs of an importing file and the file that defines what it imports.
    pub(crate) fn imports(&self) -> BTreeSet<(String, String)> {
        let pair = |(module, path): &(Module, Vec<String>)| {
            let (from, to) = (&self.files[module], self.resolve(module, path, DEEPEST)?);
            (from != to).then(|| (from.clone(), to.clone()))
        };
        self.uses.iter().filter_map(pair).collect()
    }

    /// The folder of a file. `merge.rs` belongs to `merge/`, if there is one, as `merge/mod.rs` would.
    pub(crate) fn folder<'f>(&self, file: &'f str) -> &'f str {
        let own = file.trim_end_matches(".rs");
        let has_own = self
            .files
            .values()
            .any(|other| other.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')));
        if has_own { own } else { file.rsplit_once('/').map_or("", |(folder, _)| folder) }
    }

    fn read(&mut self, files: &[Text], module: Module, path: &str) {
        let Some(text) = files.iter().find(|file| file.path == path) else { return };
        self.files.insert(module.clone(), path.to_owned());
        let mut reader = Reader { modules: self, module, declared: Vec::new() };
        reader.visit_file(&syn::parse_file(&text.content).unwrap());
        let (parent, name) = path.rsplit_once('/').unwrap();
        let folder = match name {
            "lib.rs" | "main.rs" | "mod.rs" => parent,
            _ => path.trim_end_matches(".rs"),
        };
        let depth = reader.module.len();
        for declared in std::mem::take(&mut reader.declared) {
            let below = declared[depth..].join("/");
            for file in [format!("{folder}/{below}.rs"), format!("{folder}/{below}/mod.rs")] {
                self.read(files, declared.clone(), &file);
            }
        }
    }

    /// The file that defines what `path` names, seen from `module`; `None` outside the crate.
    fn resolve(&self, module: &[String], path: &[String], deepest: usize) -> Option<&String> {
        let first = path.first()?;
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => module.to_vec(),
            "super" => module.split_last()?.1.to_vec(),
            _ => {
                return self
                    .below(module.to_vec(), path, deepest)
                    .filter(|(_, known)| *known)
                    .map(|(file, _)| file);
            }
        };
        let mut rest = &path[1..];
        while rest.first().is_some_and(|name| name == "super") {
            at.pop();
            rest = &rest[1..];
        }
        self.below(at, rest, deepest).map(|(file, _)| file)
    }

    /// The file that defines what `path` names in the module `at`, and whether that module knows its first name.
    fn below(&self, mut at: Module, path: &[String], deepest: usize) -> Option<(&String, bool)> {
        let mut known = false;
        for (number, name) in path.iter().enumerate() {
            let imported = self.names.get(&(at.clone(), name.clone()));
            let child = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.files.contains_key(&child) {
                at = child;
            } else if let Some(target) = imported.filter(|_| deepest > 0) {
                let whole = [target.as_slice(), &path[number + 1..]].concat();
                return self.resolve(&at, &whole, deepest - 1).map(|file| (file, true));
            } else {
                break;
            }
            known = true;
        }
        Some((self.files.get(&at)?, known))
    }
}

/// Reads one file, without items under `#[cfg(test)]`.
struct Reader<'m> {
    modules: &'m mut Modules,
    module: Module,
    /// Modules declared here that have their own file.
    declared: Vec<Module>,
}

impl Reader<'_> {
    fn note(&mut self, path: Vec<String>) {
        self.modules.uses.push((self.module.clone(), path));
    }

    /// Whether `path` leads into a child of this module: re-exporting from there is no import.
    fn is_inside(&self, path: &[String]) -> bool {
        path.first().is_some_and(|first| {
            let child = [self.module.as_slice(), std::slice::from_ref(first)].concat();
            first == "self" || self.declared.contains(&child)
        })
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let child = [self.module.as_slice(), &[item.ident.to_string()]].concat();
        if item.content.is_none() {
            self.declared.push(child);
            return;
        }
        let file = self.modules.files[&self.module].clone();
        self.modules.files.insert(child.clone(), file);
        let around = std::mem::replace(&mut self.module, child);
        visit::visit_item_mod(self, item);
        self.module = around;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut leaves = Vec::new();
        names(&item.tree, &[], &mut leaves);
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        for (name, path) in leaves {
            if let Some(name) = name {
                self.modules.names.insert((self.module.clone(), name), path.clone());
            }
            if !exported || !self.is_inside(&path) {
                self.note(path);
            }
        }
    }

    /// `pub(in crate::a)` says who may look at an item and imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            self.note(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let arguments = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        for argument in call.parse_body_with(arguments).iter().flatten() {
            self.visit_expr(argument);
        }
        visit::visit_macro(self, call);
    }
}

fn is_for_tests(item: &syn::Item) -> bool {
    use syn::Item;
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => return false,
    };
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|cfg| cfg.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test"))
}

/// The leaves of a `use`: the name that each brings into scope, if any, and its path.
fn names(tree: &syn::UseTree, before: &[String], leaves: &mut Vec<(Option<String>, Vec<String>)>) {
    let then = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
    match tree {
        syn::UseTree::Path(path) => names(&path.tree, &then(&path.ident), leaves),
        syn::UseTree::Name(name) if name.ident == "self" => {
            leaves.push((before.last().cloned(), before.to_vec()));
        }
        syn::UseTree::Name(name) => leaves.push((Some(name.ident.to_string()), then(&name.ident))),
        syn::UseTree::Rename(rename) => leaves.push((Some(rename.rename.to_string()), then(&rename.ident))),
        syn::UseTree::Glob(_) => leaves.push((None, before.to_vec())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, before, leaves)),
    }
}
