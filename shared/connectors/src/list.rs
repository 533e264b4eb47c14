//! The list.

use crate::tools::Tools;
use crate::trial::MapTrial;
use crate::{claroty_xdome, files, qualys_etm};
use causeway_domain::definition::{Catalog, ConnectorDescriptor, ReceiverDescriptor, Registered, Settings};
use causeway_domain::{Failure, Stream};
use causeway_maps::{MapDefinition, MapErrors, SourceModel};
use causeway_ports::{Destination, Source, Testable};
use std::sync::{Arc, LazyLock};

/// A connector.
#[derive(Debug)]
pub struct Connector {
    /// Its settings, shipped documents and facts.
    pub descriptor: &'static ConnectorDescriptor,
    /// The fields that its maps may read, by stream.
    pub model: fn(Stream) -> Box<dyn SourceModel>,
    /// Compiles a map to apply it to recorded pages. Without settings the presets hold.
    pub trial: Try,
    pub(crate) source: Build<dyn Source>,
    pub(crate) test: Build<dyn Testable>,
}

/// A receiver.
#[derive(Debug)]
pub struct Receiver {
    /// Its settings, shipped documents and facts.
    pub descriptor: &'static ReceiverDescriptor,
    /// Its target profiles, if it takes any.
    pub profile: Option<Profile>,
    pub(crate) destination: BuildReceiver<dyn Destination>,
    pub(crate) test: BuildReceiver<dyn Testable>,
}

/// Compiles a map of a stream, given as (name, text).
pub type Try = fn(Option<&Settings>, Stream, (&str, &str)) -> Result<MapTrial, Failure>;

type Build<T> = fn(&Registered, &Tools) -> Result<Arc<T>, Failure>;
type BuildReceiver<T> = fn(&Registered, &Tools, Reads) -> Result<Arc<T>, Failure>;

/// The streams that the source of a connection reads.
pub(crate) type Reads = &'static [Stream];

/// How target profiles are read.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// The sections of a profile, given by name and text.
    pub sections: fn(&str, &str) -> Result<Vec<MapDefinition>, MapErrors>,
    /// Finds all its mistakes.
    pub check: fn(&str, &str) -> Result<(), MapErrors>,
}

/// Every connector.
pub fn connectors() -> &'static [Connector; 1] {
    const CONNECTORS: &[Connector; 1] = &[claroty_xdome::CONNECTOR];
    CONNECTORS
}

/// Every receiver.
pub fn receivers() -> &'static [Receiver] {
    const RECEIVERS: &[Receiver] = &[qualys_etm::RECEIVER, files::RECEIVER];
    RECEIVERS
}

/// Descriptors of all of them.
pub fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog {
        connectors: connectors().iter().map(|connector| connector.descriptor).collect(),
        receivers: receivers().iter().map(|receiver| receiver.descriptor).collect(),
    });
    &CATALOG
}

/// The connector of these settings.
///
/// # Errors
/// `DefinitionInvalid` when there is none of that name.
pub fn connector(source: &Settings) -> Result<&'static Connector, Failure> {
    let name = catalog().connector(source)?.name;
    let found = connectors().iter().find(|connector| connector.descriptor.name == name);
    found.ok_or_else(|| unlisted(name))
}

pub(crate) fn receiver(destination: &Settings) -> Result<&'static Receiver, Failure> {
    let name = catalog().receiver(destination)?.name;
    let found = receivers().iter().find(|receiver| receiver.descriptor.name == name);
    found.ok_or_else(|| unlisted(name))
}

fn unlisted(name: &str) -> Failure {
    Failure::new(causeway_domain::FailureKind::DefinitionInvalid, name, "is not in the list of connectors")
}
