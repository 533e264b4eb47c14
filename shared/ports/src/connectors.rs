//! Makes sources and destinations of definitions.

use crate::{Destination, Source, Testable};
use causeway_domain::definition::{Catalog, Registered};
use causeway_domain::{Failure, Stream};
use std::sync::Arc;

/// Every connector and destination this program knows. The same connection yields the same source while this lives, so
/// that the vendor's limits hold over all workers.
pub trait Connectors: Send + Sync {
    /// Descriptors of all of them.
    fn catalog(&self) -> &Catalog;

    /// The source of `registered`.
    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure>;

    /// The destination of `registered`.
    fn destination(&self, registered: &Registered) -> Result<Arc<dyn Destination>, Failure>;

    /// The fields that the maps of `registered` have the vendor asked for; empty where nobody knows.
    fn fields(&self, _registered: &Registered) -> Result<Vec<(Stream, String)>, Failure> {
        Ok(Vec::new())
    }

    /// The connection tests of source and destination, in that order.
    fn tests(&self, registered: &Registered) -> Result<Vec<NamedTest>, Failure>;
}

/// A connection test with the name of what it tests.
pub type NamedTest = (String, Arc<dyn Testable>);
