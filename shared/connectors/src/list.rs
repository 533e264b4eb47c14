//! The list.

use causeway_connector::{Connector, Receiver};
use causeway_domain::definition::{Catalog, Settings};
use causeway_domain::{Failure, FailureKind};
use std::sync::LazyLock;

/// Connectors and receivers with their descriptors.
pub struct List {
    connectors: &'static [Connector],
    receivers: &'static [Receiver],
    catalog: Catalog,
}

/// Every connector.
pub(crate) const CONNECTORS: &[Connector; 1] = &[causeway_claroty_xdome::CONNECTOR];

/// Every receiver.
pub(crate) const RECEIVERS: &[Receiver] = &[causeway_qualys_etm::RECEIVER, causeway_files::RECEIVER];

/// All that Causeway ships.
pub(crate) fn shipped() -> &'static List {
    static SHIPPED: LazyLock<List> = LazyLock::new(|| List::new(CONNECTORS, RECEIVERS));
    &SHIPPED
}

/// Descriptors of all that Causeway ships.
pub fn catalog() -> &'static Catalog {
    shipped().catalog()
}

/// The shipped connector of these settings.
///
/// # Errors
/// `DefinitionInvalid` when there is none of that name.
pub fn connector(source: &Settings) -> Result<&'static Connector, Failure> {
    shipped().connector(source)
}

impl List {
    /// A list of these.
    pub fn new(connectors: &'static [Connector], receivers: &'static [Receiver]) -> Self {
        let catalog = Catalog {
            connectors: connectors.iter().map(|connector| connector.descriptor).collect(),
            receivers: receivers.iter().map(|receiver| receiver.descriptor).collect(),
        };
        Self { connectors, receivers, catalog }
    }

    /// Their descriptors.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn connector(&self, source: &Settings) -> Result<&'static Connector, Failure> {
        let name = self.catalog.connector(source)?.name;
        let found = self.connectors.iter().find(|connector| connector.descriptor.name == name);
        found.ok_or_else(|| unlisted(name))
    }

    pub(crate) fn receiver(&self, destination: &Settings) -> Result<&'static Receiver, Failure> {
        let name = self.catalog.receiver(destination)?.name;
        let found = self.receivers.iter().find(|receiver| receiver.descriptor.name == name);
        found.ok_or_else(|| unlisted(name))
    }
}

fn unlisted(name: &str) -> Failure {
    Failure::new(FailureKind::DefinitionInvalid, name, "is not in the list of connectors")
}
