//! Connections that write what another one writes.

use super::Catalog;
use crate::{Definition, Failure};

/// Conflicts between two connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Both send to one connector of the receiver, from different sources: assets of one id become one asset.
    Connector,
    /// Both send to one connector, from one source.
    SourceAndConnector,
    /// Both carry the same records of one source to one receiver.
    Records,
}

impl Definition {
    /// How `other` overlaps with this connection, if it does.
    ///
    /// # Errors
    /// `DefinitionInvalid` for settings that cannot be read.
    pub fn overlap(&self, other: &Self, catalog: &Catalog) -> Result<Option<Overlap>, Failure> {
        if self.destination.name() != other.destination.name() {
            return Ok(None);
        }
        let (source, their_source) = (catalog.source(self)?, catalog.source(other)?);
        let (receiver, their_receiver) = (catalog.destination(self)?, catalog.destination(other)?);
        let same_source = self.source.name() == other.source.name() && source.address == their_source.address;
        if receiver.connector.is_some() && receiver.connector == their_receiver.connector {
            return Ok(Some(if same_source { Overlap::SourceAndConnector } else { Overlap::Connector }));
        }
        let same_records = same_source
            && source.account == their_source.account
            && source.scope.meets(&their_source.scope)
            && receiver.account == their_receiver.account;
        Ok(same_records.then_some(Overlap::Records))
    }
}
