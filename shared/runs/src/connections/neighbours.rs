//! Effects of a connection on others of the same home or stack.

use crate::connections::registry::names;
use crate::{Engine, store};
use causeway_domain::definition::{Overlap, Registered};
use causeway_domain::layout::ConnectionKeys;
use causeway_domain::{ConnectionName, Definition, Failure};

/// One sentence for each other connection that writes what `definition` writes. It may be meant, so nothing is refused.
pub(crate) async fn overlaps(engine: &Engine, definition: &Definition) -> Result<Vec<String>, Failure> {
    let objects = engine.objects.as_ref();
    let catalog = engine.connectors.catalog();
    let address = catalog.source(definition)?.address;
    let mut sentences = Vec::new();
    for name in names(engine).await?.into_iter().filter(|name| *name != definition.name) {
        // A damaged definition of another connection must not keep this one from being applied.
        let other = store::read::<Registered>(objects, &ConnectionKeys(&name).definition()).await;
        let Some(Registered { definition: other, .. }) = store::unless_damaged(other)? else { continue };
        // So must one of a connector that this version does not have.
        let Ok(Some(overlap)) = definition.overlap(&other, catalog) else { continue };
        sentences.push(sentence(&definition.name, &other.name, &address, overlap));
    }
    Ok(sentences)
}

fn sentence(name: &ConnectionName, other: &ConnectionName, address: &str, overlap: Overlap) -> String {
    match overlap {
        Overlap::Connector => format!(
            "Connections {name} and {other} have the same `connector_uuid` but different sources: the destination takes assets with one id for one asset. Give each connection its own connector."
        ),
        Overlap::SourceAndConnector => format!(
            "Connections {name} and {other} have the same `connector_uuid` and both read {address}: if their scopes overlap, each overwrites what the other sends. Use one connection, or give each its own connector and scope."
        ),
        Overlap::Records => format!(
            "Connections {name} and {other} read the same records of {address} and send them to the same destination: it receives them twice. Use one connection, or scopes that do not overlap."
        ),
    }
}
