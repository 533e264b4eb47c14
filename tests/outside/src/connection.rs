//! Connections as they are registered.

use causeway_domain::Definition;
use causeway_domain::definition::Registered;
use std::collections::BTreeMap;

/// The connection of `text`, a valid file, with the shipped maps and profile.
pub(crate) fn connection(text: &str) -> Registered {
    let definition =
        Definition::parse(text, "plant.toml", causeway_connectors::catalog()).expect("a valid definition");
    registered(definition, BTreeMap::new())
}

/// `definition` with `documents`, and the shipped ones where those are not called the same.
pub(crate) fn registered(definition: Definition, documents: BTreeMap<String, String>) -> Registered {
    let shipped = causeway_connectors::catalog().shipped().into_iter();
    let shipped = shipped.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Registered { definition, documents: shipped.chain(documents).collect(), versions: BTreeMap::new() }
}
