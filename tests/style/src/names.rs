//! A module is called by a concept of the domain, not by being left over.

use crate::tree;
use syn::visit::{self, Visit};

const FORBIDDEN: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "types", "misc"];

#[test]
fn no_module_is_a_drawer() {
    let mut offenders = Vec::new();
    for file in tree::rust() {
        let parts = file.path.trim_end_matches(".rs").split('/');
        offenders.extend(
            parts.filter(|part| FORBIDDEN.contains(part)).map(|part| format!("{}: {part}", file.path)),
        );
        let mut modules = Modules::default();
        modules.visit_file(&syn::parse_file(&file.content).unwrap());
        let drawers = modules.0.iter().filter(|name| FORBIDDEN.contains(&name.as_str()));
        offenders.extend(drawers.map(|name| format!("{}: mod {name}", file.path)));
    }
    tree::assert_none(&format!("no module is called {}", FORBIDDEN.join(", ")), &offenders);
}

#[derive(Default)]
struct Modules(Vec<String>);

impl<'ast> Visit<'ast> for Modules {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.0.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
    }
}
