//! Connection files: every mistake has its place, and what is accepted survives being stored.

use crate::connection::registered;
use crate::divided;
use crate::ports::{Counted, OneSecret, Patient};
use causeway_connectors::ShippedConnectors;
use causeway_domain::definition::{Mistake, Purpose};
use causeway_domain::{Definition, FailureKind};
use causeway_ports::Connectors;
use std::sync::Arc;

/// A connection file, then, each after a line `+++`, the documents it refers to: asset map, finding map, profile.
pub fn definition(bytes: &[u8]) {
    let Ok(input) = std::str::from_utf8(bytes) else { return };
    let (text, documents) = divided(input, "+++");
    match Definition::parse(text, "connection.toml", causeway_connectors::catalog()) {
        Ok(definition) => {
            let stored = serde_json::to_string(&definition).expect("it can be stored");
            let again: Definition = serde_json::from_str(&stored).expect("it can be read back");
            assert_eq!(again, definition, "a definition changes in the store");
            accepted_or_told(definition, documents);
        }
        Err(errors) => {
            assert!(!errors.mistakes.is_empty(), "refused without a mistake");
            errors.mistakes.iter().for_each(|mistake| is_in(text, mistake));
            assert!(errors.to_string().len() < 2_000 + 2_000 * errors.mistakes.len(), "endless: {errors}");
        }
    }
    is_in(text, &Mistake::at(text, "source.claroty-xdome.maps.asset", "p", "h"));
}

fn is_in(text: &str, mistake: &Mistake) {
    let lines: Vec<&str> = text.split('\n').collect();
    let line = mistake.line.checked_sub(1).and_then(|line| lines.get(line));
    let length = line.unwrap_or_else(|| panic!("no such line: {mistake:?}")).chars().count();
    assert!((1..=length + 1).contains(&mistake.column), "no such column: {mistake:?}");
}

/// Makes source and destination of it as `causeway apply` does, with the documents at hand.
fn accepted_or_told(definition: Definition, documents: Option<&str>) {
    let references = causeway_connectors::catalog().documents(&definition).into_iter();
    let maps = references.filter(|reference| reference.purpose != Purpose::Certificate);
    let names: Vec<String> = maps.map(|reference| reference.name).collect();
    let own = documents.unwrap_or_default().split("\n+++\n").map(str::to_owned);
    let documents = names.into_iter().zip(own).filter(|(_, text)| !text.is_empty()).collect();
    let registered = registered(definition, documents);
    let connectors =
        ShippedConnectors::new(Arc::new(OneSecret), Arc::<Patient>::default(), Arc::<Counted>::default());
    let failures = [connectors.source(&registered).err(), connectors.destination(&registered).err()];
    for failure in failures.into_iter().flatten() {
        let kind = failure.kind;
        assert!(
            matches!(kind, FailureKind::MapInvalid | FailureKind::NotFound | FailureKind::DefinitionInvalid),
            "{kind:?}: {failure}"
        );
        assert!(!failure.detail.is_empty(), "refused without a reason");
    }
}
